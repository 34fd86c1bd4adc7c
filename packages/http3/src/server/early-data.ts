// Requests in 0-RTT, which an attacker can replay. RFC 8470.
import type { Exchange } from './exchange.ts'

/** Methods that may be done twice, since they only ask. RFC 9110 section 9.2.1. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** Whether to answer 425 (Too Early), upon which the client asks again once the handshake is done. RFC 8470 section 5.2. */
export function isTooEarly({ early, head }: Exchange): boolean {
  return early && !SAFE.has(head.method)
}
