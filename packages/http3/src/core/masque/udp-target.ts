// Where a UDP tunnel leads. RFC 9298 section 3.
import { MAX_HOST_NAME } from './limits.ts'

/** A host and a port. */
export interface UdpTarget {
  /** A name, or an IPv4 or IPv6 address, without brackets. */
  readonly host: string
  /** 1 to 65535. */
  readonly port: number
}

/** The target in the variables of a template, decoded; null if it is none. */
export function udpTarget(host: string, port: string): UdpTarget | null {
  if (!PORT.test(port) || Number(port) > 65_535 || !isHost(host)) return null
  return { host, port: Number(port) }
}

/** The target in `host:port` or `[address]:port`; null if it is none. */
export function parseUdpTarget(text: string): UdpTarget | null {
  const colon = text.lastIndexOf(':')
  const host = text.slice(0, Math.max(0, colon))
  return udpTarget(/^\[.*\]$/.test(host) ? host.slice(1, -1) : host, text.slice(colon + 1))
}

const PORT = /^[1-9][0-9]{0,4}$/
const IPV4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i
/** Resolvers take a name that ends in a number for an address, in ways that differ: `127.1`, `0x7f.1`, `2130706433`. */
const NUMERIC = /^(?:[0-9]+|0x[0-9a-f]*)$/i

function isHost(host: string): boolean {
  if (host.length === 0 || host.length > MAX_HOST_NAME) return false
  if (host.includes(':')) return isIpv6(host)
  if (IPV4.test(host)) return true
  const labels = (host.endsWith('.') ? host.slice(0, -1) : host).split('.')
  return labels.every((label) => LABEL.test(label)) && !NUMERIC.test(labels.at(-1)!)
}

/** RFC 4291 section 2.2; no zone, which means something on one machine alone. */
function isIpv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  let count = 0
  for (const [place, half] of groups.entries()) {
    for (const [index, group] of half.entries()) {
      const last = place === groups.length - 1 && index === half.length - 1
      if (last && IPV4.test(group)) count += 2
      else if (/^[0-9a-f]{1,4}$/i.test(group)) count++
      else return false
    }
  }
  return halves.length === 2 ? count < 8 : count === 8
}
