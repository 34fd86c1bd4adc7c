// The Alt-Svc field: where else an origin is served, and by which protocol. RFC 7838 section 3.
import { MAX_ALT_SVC_LENGTH, MAX_ALTERNATIVES } from './limits.ts'

/** Where an origin is served by HTTP/3 as well. */
export interface Alternative {
  /** Host name, or an address (IPv6 without brackets). */
  readonly host: string
  /** UDP port. */
  readonly port: number
}

/** An alternative as a server announced it. */
export interface AnnouncedAlternative extends Alternative {
  /** Seconds for which it is fresh. */
  readonly maxAge: number
  /** It outlasts a change of the network. */
  readonly persist: boolean
}

/** Seconds for which an alternative is fresh that does not say for how long. RFC 7838 section 3.1. */
const DEFAULT_MAX_AGE = 86_400
/** The one protocol of those announced that is of use here. RFC 9114 section 3.1.1. */
const HTTP3 = 'h3'

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const QUOTED = '"((?:[^"\\\\]|\\\\.)*)"'
const ALTERNATIVE = new RegExp(`(${TOKEN})=${QUOTED}`, 'y')
const PARAMETER = new RegExp(`[ \\t]*;[ \\t]*(${TOKEN})=(?:(${TOKEN})|${QUOTED})`, 'y')
const SEPARATOR = /[ \t]*(?:,[ \t]*|$)/y
const AUTHORITY = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/@?#[\]]*)):(\d{1,5})$/

/**
 * The HTTP/3 alternatives that a field value names, in the server's order; `'clear'` when it takes back all; null when it is no Alt-Svc value, which then says
 * nothing. `originHost` stands in where an alternative names a port alone.
 */
export function parseAltSvc(value: string, originHost: string): readonly AnnouncedAlternative[] | 'clear' | null {
  if (value.length > MAX_ALT_SVC_LENGTH) return null
  const text = value.trim()
  if (text === 'clear') return 'clear'
  if (text === '') return null
  const found: AnnouncedAlternative[] = []
  for (let at = 0; at < text.length; ) {
    const alternative = matchAt(ALTERNATIVE, text, at)
    if (alternative === null) return null
    const parameters = readParameters(text, ALTERNATIVE.lastIndex)
    const separator = matchAt(SEPARATOR, text, parameters.end)
    if (separator === null) return null
    at = SEPARATOR.lastIndex
    const place = alternative[1] === HTTP3 ? readAuthority(unquoted(alternative[2]!), originHost) : null
    if (place !== null && found.length < MAX_ALTERNATIVES) found.push({ ...place, maxAge: parameters.maxAge, persist: parameters.persist })
  }
  return found
}

/** Parameters that are unknown are passed over; of one that comes twice, the last counts. */
function readParameters(text: string, from: number): { end: number; maxAge: number; persist: boolean } {
  let [end, maxAge, persist] = [from, DEFAULT_MAX_AGE, false]
  for (let parameter = matchAt(PARAMETER, text, end); parameter !== null; parameter = matchAt(PARAMETER, text, end)) {
    end = PARAMETER.lastIndex
    const value = parameter[2] ?? unquoted(parameter[3]!)
    // delta-seconds. What is no number leaves the default.
    if (parameter[1] === 'ma' && /^\d+$/.test(value)) maxAge = Number(value)
    // "This specification only defines a single value", 1. RFC 7838 section 3.1.
    if (parameter[1] === 'persist') persist = value === '1'
  }
  return { end, maxAge, persist }
}

function readAuthority(authority: string, originHost: string): Alternative | null {
  const match = AUTHORITY.exec(authority)
  const port = Number(match?.[3])
  if (match === null || port < 1 || port > 65_535) return null
  const host = match[1] ?? match[2]!
  return { host: (host === '' ? originHost : host).toLowerCase(), port }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

function unquoted(text: string): string {
  return text.replaceAll(/\\(.)/g, '$1')
}
