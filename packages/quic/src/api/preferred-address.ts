// The address at which a server would rather be reached. RFC 9000 section 9.6.
import type { Address, UdpSocket } from '@millrace/native'
import type { PreferredAddress } from '../core/wire/transport-parameters.ts'

/** That of the family which the socket can reach; null if the server has none. */
export function reachable({ ipv4, ipv6 }: PreferredAddress, socket: UdpSocket): Address | null {
  const offered = socket.local.family === 4 ? ipv4 : ipv6
  return offered === null ? null : socket.resolve(textOf(offered.address), offered.port)
}

function textOf(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: 8 }, (_, i) => view.getUint16(i * 2).toString(16)).join(':')
}
