// The header section of a request. RFC 9114 sections 4.3.1 and 4.4, RFC 9220 section 3 with RFC 8441 section 4.
import { checkFieldValue, isToken } from './characters.ts'
import { checkFieldLines, isPseudo, named } from './field-lines.ts'
import type { FieldSection } from './field-section.ts'
import { malformed } from './malformed.ts'

/** What a header section says of what follows it. */
export interface MessageFacts {
  /** The bytes of content that were announced, `UNKNOWN_LENGTH` for none. */
  readonly contentLength: number
  /** Nothing but DATA follows, and belongs to another protocol: CONNECT. RFC 9114 section 4.4. */
  readonly tunnel: boolean
}

/** Throws H3_MESSAGE_ERROR for a request that is malformed. `protocolAllowed`: its receiver has set ENABLE_CONNECT_PROTOCOL. */
export function checkRequestFields(fields: FieldSection, protocolAllowed: boolean): MessageFacts {
  const pseudo: Pseudo = { ':method': null, ':scheme': null, ':authority': null, ':path': null, ':protocol': null }
  let at = 0
  for (; at < fields.length && isPseudo(fields[at]!); at += 2) {
    const name = fields[at]!
    if (!isRequestPseudo(name)) throw malformed(`${named(name)} in a request`)
    if (pseudo[name] !== null) throw malformed(`${name} comes twice`)
    checkFieldValue(fields[at + 1]!)
    pseudo[name] = fields[at + 1]!
  }
  const contentLength = checkFieldLines(fields, at, true)
  const tunnel = pseudo[':method'] === 'CONNECT'
  checkTarget(pseudo, protocolAllowed)
  checkAuthority(pseudo, fieldValues(fields, 'host', at))
  return { contentLength: tunnel ? -1 : contentLength, tunnel }
}

/** Several cookie lines are one to all who use them. RFC 9114 section 4.2.1. */
export function joinCookies(fields: FieldSection): FieldSection {
  const first = fields.indexOf('cookie')
  if (first < 0 || fieldValues(fields, 'cookie', 0).length < 2) return fields
  const joined: string[] = []
  let place = -1
  for (let at = 0; at < fields.length; at += 2) {
    if (fields[at] !== 'cookie') joined.push(fields[at]!, fields[at + 1]!)
    else if (place < 0) place = joined.push('cookie', fieldValues(fields, 'cookie', 0).join('; '))
  }
  return joined
}

type PseudoName = ':method' | ':scheme' | ':authority' | ':path' | ':protocol'
type Pseudo = Record<PseudoName, string | null>

const SCHEME = /^[a-z][a-z0-9+.-]*$/i
/** Neither path nor authority has white space, which would divide an HTTP/1.1 request line, or a fragment. RFC 3986 sections 3.2 and 3.3. */
const PATH = /^[^ \t#]*$/
const AUTHORITY = /^[^ \t#/?@\\]*$/

function isRequestPseudo(name: string): name is PseudoName {
  return name === ':method' || name === ':scheme' || name === ':authority' || name === ':path' || name === ':protocol'
}

function checkTarget(pseudo: Pseudo, protocolAllowed: boolean): void {
  const { ':method': method, ':scheme': scheme, ':path': path, ':protocol': protocol } = pseudo
  if (method === null) throw malformed(':method is missing')
  if (!isToken(method)) throw malformed(':method is no method')
  if (protocol !== null) {
    if (method !== 'CONNECT') throw malformed(`:protocol with ${method}`)
    if (!protocolAllowed) throw malformed(':protocol without ENABLE_CONNECT_PROTOCOL')
    if (!isToken(protocol)) throw malformed(':protocol is no protocol')
  } else if (method === 'CONNECT') {
    if (scheme !== null || path !== null) throw malformed('CONNECT with :scheme or :path')
    return
  }
  if (scheme === null) throw malformed(':scheme is missing')
  if (!SCHEME.test(scheme)) throw malformed(':scheme is no scheme')
  if (path === null) throw malformed(':path is missing')
  if (!PATH.test(path)) throw malformed(':path is no path')
  if (isHttp(scheme) && !path.startsWith('/') && !(path === '*' && method === 'OPTIONS')) throw malformed(':path does not begin with /')
}

function checkAuthority(
  { ':method': method, ':scheme': scheme, ':authority': authority, ':protocol': protocol }: Pseudo,
  hosts: readonly string[],
): void {
  if (hosts.length > 1) throw malformed('host comes twice')
  const host = hosts[0] ?? null
  const plainConnect = method === 'CONNECT' && protocol === null
  if (authority === '' || (authority !== null && !AUTHORITY.test(authority))) throw malformed(':authority is no authority')
  if (authority === null && method === 'CONNECT') throw malformed('CONNECT without :authority')
  if (host !== null && authority !== null && host !== authority) throw malformed('host differs from :authority')
  if (plainConnect || !isHttp(scheme ?? '')) return
  if (authority === null && host === null) throw malformed('neither :authority nor host')
  if (authority === null && (host === '' || !AUTHORITY.test(host!))) throw malformed('host is no authority')
}

function isHttp(scheme: string): boolean {
  return scheme === 'https' || scheme === 'http'
}

function fieldValues(fields: FieldSection, name: string, from: number): string[] {
  const values: string[] = []
  for (let at = from; at < fields.length; at += 2) if (fields[at] === name) values.push(fields[at + 1]!)
  return values
}
