// Whether a client that has asked under a condition gets the content. RFC 9110 section 13.
import type { IncomingHttpHeaders } from 'node:http'

/** What conditions are about. */
export interface Validators {
  /** With its quotes, and `W/` if it is weak. */
  readonly etag: string
  readonly modified: Date
}

/**
 * `fresh`: the client has it already (304); `failed`: it is not what the client wanted (412). In the order of RFC 9110 section 13.2.2, for GET and HEAD; a date
 * that cannot be read is no condition.
 */
export function preconditions(headers: IncomingHttpHeaders, { etag, modified }: Validators): 'met' | 'fresh' | 'failed' {
  const seconds = Math.floor(modified.getTime() / 1000) * 1000
  const { 'if-match': match, 'if-none-match': noneMatch } = headers
  if (match !== undefined) {
    // A weak one matches nothing here: its bytes may differ (section 13.1.1).
    if (match.trim() !== '*' && (isWeak(etag) || !listed(match).includes(etag))) return 'failed'
  } else if (Date.parse(headers['if-unmodified-since'] ?? '') < seconds) return 'failed'
  if (noneMatch !== undefined)
    return noneMatch.trim() === '*' || listed(noneMatch).some((each) => opaque(each) === opaque(etag)) ? 'fresh' : 'met'
  return Date.parse(headers['if-modified-since'] ?? '') >= seconds ? 'fresh' : 'met'
}

/** Entity tags; commas stand in them too. RFC 9110 section 8.8.3. */
function listed(field: string): readonly string[] {
  return field.match(/(?:W\/)?"[^"]*"/g) ?? []
}

function isWeak(etag: string): boolean {
  return etag.startsWith('W/')
}

function opaque(etag: string): string {
  return isWeak(etag) ? etag.slice(2) : etag
}
