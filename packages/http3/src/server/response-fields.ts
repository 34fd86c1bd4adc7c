// Field lines on their way out. RFC 9114 section 4.2, RFC 9110 section 5.5.
import { validateHeaderName, validateHeaderValue } from 'node:http'

/** About one connection of HTTP/1.1: neither HTTP/3 nor HTTP/2 may carry them. RFC 9114 section 4.2, RFC 9113 section 8.2.2. */
const CONNECTION_SPECIFIC: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])

/** `name` in lower case. */
export function isConnectionSpecific(name: string): boolean {
  return CONNECTION_SPECIFIC.has(name)
}

/**
 * Adds a field, a line for each of several values. Throws ERR_INVALID_HTTP_TOKEN for a name that is none, ERR_INVALID_CHAR for CR, LF, NUL and the like in
 * a value, by which an attacker could add fields or whole messages where the response is translated to HTTP/1.1.
 */
export function addLines(lines: string[], name: string, value: number | string | readonly string[] | undefined): void {
  if (value === undefined) return
  validateHeaderName(name)
  const lower = name.toLowerCase()
  for (const each of typeof value === 'object' ? value : [String(value)]) {
    validateHeaderValue(name, each)
    lines.push(lower, each)
  }
}
