/**
 * Cursors, variable-length integers and sets of ranges. Pure: depends on nothing.
 *
 * @module @millrace/bytes
 */
export { BytesError } from './error.ts'
export { RangeSet } from './range-set.ts'
export { Reader } from './reader.ts'
export { MAX_VARINT, varintSize } from './varint.ts'
export { Writer } from './writer.ts'
