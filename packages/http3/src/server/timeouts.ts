// How long a server waits for what. As in node:http they may be set while it runs: what begins from then on has the new ones.
import { HttpError } from '../session/error.ts'
import { HEADERS_TIMEOUT, REQUEST_TIMEOUT } from './limits.ts'

/** Milliseconds, 0 to 2^31-1; 0 is no limit. */
export interface Timeouts {
  /** Until a request has to be there, content included. */
  requestTimeout: number
  /** Until a header section has to be there. */
  headersTimeout: number
  /** For which a connection is kept on which nothing is under way; undefined: `HTTP1_KEEP_ALIVE_TIMEOUT` for HTTP/1.1, no limit otherwise. */
  keepAliveTimeout: number | undefined
}

/** The largest delay that a timer takes. */
export const MAX_MILLIS: number = 2 ** 31 - 1

/** Throws ERR_HTTP3_OPTION. */
export function checkMillis(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_MILLIS) return value
  throw new HttpError(`Option ${name} is ${String(value)}; it must be a whole number from 0 to ${MAX_MILLIS}.`, {
    code: 'ERR_HTTP3_OPTION',
  })
}

/** Throws ERR_HTTP3_OPTION. */
export function checkTimeouts(given: { readonly [each in keyof Timeouts]?: number | undefined }): Timeouts {
  const { requestTimeout = REQUEST_TIMEOUT, headersTimeout = HEADERS_TIMEOUT, keepAliveTimeout } = given
  return {
    requestTimeout: checkMillis('requestTimeout', requestTimeout),
    headersTimeout: checkMillis('headersTimeout', headersTimeout),
    keepAliveTimeout: keepAliveTimeout === undefined ? undefined : checkMillis('keepAliveTimeout', keepAliveTimeout),
  }
}
