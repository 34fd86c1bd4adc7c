// Whom a tunnel leads to, as the path of its request says. RFC 9298 section 2 and 3.
import { isIP } from 'node:net'

/** A host, by name or literal address, and a port. */
export interface UdpTarget {
  readonly host: string
  /** 1 to 65535. */
  readonly port: number
}

/** The default template's beginning. RFC 9298 section 3. */
const PREFIX = '/.well-known/masque/udp/'

/** RFC 3986 section 3.2.2, as far as names go that can be looked up. */
const NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}))*\.?$/i

/** The path for a target. Throws `TypeError` for one that is none. */
export function targetPath({ host, port }: UdpTarget): string {
  if (!isHost(host) || !isPort(port)) throw new TypeError(`${host}:${port} is no target; expected a host and a port from 1 to 65535`)
  return `${PREFIX}${encodeURIComponent(host)}/${port}/`
}

/** The target that a path names; null for any other path. */
export function parseTarget(path: string): UdpTarget | null {
  if (!path.startsWith(PREFIX)) return null
  const [host, port, end, ...more] = path.slice(PREFIX.length).split('/')
  if (host === undefined || port === undefined || end !== '' || more.length > 0 || !/^[0-9]{1,5}$/.test(port)) return null
  const target = { host: decoded(host), port: Number(port) }
  return isHost(target.host) && isPort(target.port) ? target : null
}

/** A scope (`fe80::1%eth0`) is somebody's own affair, and must not be in it. RFC 9298 section 2. */
function isHost(host: string): boolean {
  return !host.includes('%') && (isIP(host) !== 0 || NAME.test(host))
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
