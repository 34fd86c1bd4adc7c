// The header section of a response, and trailer sections. RFC 9114 sections 4.1 and 4.3.2.
import { checkFieldLines, UNKNOWN_LENGTH } from './field-lines.ts'
import type { FieldSection } from './field-section.ts'
import { malformed } from './malformed.ts'
import type { MessageFacts } from './request-fields.ts'

/** What a response's header section says: `status` is 100 to 999. */
export interface ResponseFacts extends MessageFacts {
  readonly status: number
}

/** Throws H3_MESSAGE_ERROR for a response that is malformed. `method` is the request's. */
export function checkResponseFields(fields: FieldSection, method: string): ResponseFacts {
  if (fields[0] !== ':status') throw malformed(':status is missing, or not first')
  const status = statusCode(fields[1]!)
  const contentLength = checkFieldLines(fields, 2, false)
  const success = status >= 200 && status < 300
  if (method === 'CONNECT' && success) return { status, contentLength: UNKNOWN_LENGTH, tunnel: true }
  const empty = method === 'HEAD' || status === 204 || status === 304
  return { status, contentLength: empty ? 0 : contentLength, tunnel: false }
}

/** Throws H3_MESSAGE_ERROR for a trailer section that is malformed. RFC 9114 section 4.3: it has no pseudo-header fields. */
export function checkTrailers(fields: FieldSection): void {
  checkFieldLines(fields, 0, false)
}

/** A response that is not the last to its request. RFC 9110 section 15.2. */
export function isInformational(status: number): boolean {
  return status < 200
}

const STATUS = /^[1-9][0-9][0-9]$/

/** RFC 9114 section 4.5: there is no 101 here. */
function statusCode(value: string): number {
  if (!STATUS.test(value)) throw malformed(':status is no status code')
  if (value === '101') throw malformed(':status is 101, which HTTP/3 has not')
  return Number(value)
}
