// The header section of a request, out of what undici's users say. RFC 9114 section 4.3.1, RFC 9110 sections 5 and 7.
import { validateHeaderName, validateHeaderValue } from 'node:http'
import { stringify } from 'node:querystring'
import { type Dispatcher, errors } from 'undici'
import type { FieldSection } from '../core/fields/field-section.ts'

/** Fields that concern one HTTP/1.1 connection: HTTP/3 has other means, or none. RFC 9114 section 4.2. */
const CONNECTION_SPECIFIC: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])

/** A token. RFC 9110 section 9.1. */
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** An origin-form target, or the asterisk of OPTIONS: no blanks, no controls, nothing beyond Latin-1. RFC 9112 section 3.2. */
const PATH = /^(?:\/[\x21-\x7e\x80-\xff]*|\*)$/

/**
 * Pseudo-header fields first, names in lower case, no connection-specific fields; `host` becomes `:authority`. Throws InvalidArgumentError for what no request may
 * have, and undici's NotSupportedError for `expect`.
 */
export function requestFields(options: Dispatcher.DispatchOptions, origin: URL): FieldSection {
  const { method } = options
  if (!METHOD.test(method)) throw new errors.InvalidArgumentError('invalid request method')
  const path = options.query === undefined ? options.path : withQuery(options.path, options.query)
  if (!PATH.test(path)) throw new errors.InvalidArgumentError('invalid request path; it begins with a slash')
  const lines: string[] = []
  let authority = origin.host
  const add = (name: string, value: unknown): void => {
    if (value === undefined) return
    const lower = name.toLowerCase()
    if (Array.isArray(value)) for (const one of value) add(lower, one)
    else if (lower === 'host') authority = fieldValue(lower, value)
    else if (isSent(lower, value)) lines.push(lower, fieldValue(lower, value))
  }
  eachField(options.headers, add)
  return [':method', method, ':scheme', 'https', ':authority', authority, ':path', path, ...lines]
}

function isSent(name: string, value: unknown): boolean {
  if (CONNECTION_SPECIFIC.has(name)) return false
  if (name === 'expect') throw new errors.NotSupportedError('expect header not supported')
  // "The only exception to this is the TE header field". RFC 9114 section 4.2.
  return name !== 'te' || String(value).trim().toLowerCase() === 'trailers'
}

function fieldValue(name: string, value: unknown): string {
  const text = value === null ? '' : String(value)
  try {
    validateHeaderName(name)
    validateHeaderValue(name, text)
  } catch (cause) {
    throw new errors.InvalidArgumentError(`invalid ${JSON.stringify(name)} header: ${(cause as Error).message}`)
  }
  return text
}

/** Names and values in turn, pairs, or an object. */
function eachField(headers: Dispatcher.DispatchOptions['headers'], add: (name: string, value: unknown) => void): void {
  if (headers === undefined || headers === null) return
  if (Array.isArray(headers)) {
    if (headers.length % 2 !== 0) throw new errors.InvalidArgumentError('headers array must be even')
    for (let at = 0; at < headers.length; at += 2) add(headers[at]!, headers[at + 1])
  } else if (isPairs(headers)) for (const [name, value] of headers) add(name, value)
  else for (const [name, value] of Object.entries(headers)) add(name, value)
}

function isPairs(headers: object): headers is Iterable<[string, unknown]> {
  return Symbol.iterator in headers
}

function withQuery(path: string, query: Record<string, unknown>): string {
  if (/[?#]/.test(path)) throw new errors.InvalidArgumentError('query goes into a path that has no "?" and no "#" yet')
  const text = stringify(query as NodeJS.Dict<string>)
  return text === '' ? path : `${path}?${text}`
}
