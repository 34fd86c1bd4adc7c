/**
 * HTTP for Node as one semantics over three syntaxes: HTTP/3 (RFC 9114), and HTTP/2 and 1.1 as the way back.
 *
 * @module @millrace/http3
 */
export { type FieldSection, fieldValue } from './core/fields/field-section.ts'
