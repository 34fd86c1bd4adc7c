// The error for a message that breaks HTTP's own rules. It ends its stream, never the connection. RFC 9114 section 4.1.2.
import { Http3Error } from '../wire/http3-error.ts'

export function malformed(reason: string): Http3Error {
  return new Http3Error('H3_MESSAGE_ERROR', reason, 'stream')
}
