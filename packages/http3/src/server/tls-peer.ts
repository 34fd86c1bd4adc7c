// Who is at the other end of a TLS connection over TCP.
import type { TLSSocket } from 'node:tls'
import type { Peer } from './exchange.ts'

/** Reads it from an open socket, so that it is known when that is closed as well. */
export function tlsPeer(socket: TLSSocket): Peer {
  const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0, authorized, authorizationError } = socket
  // False where no name was asked for; the types do not say so.
  const servername: unknown = (socket as { servername?: unknown }).servername
  return {
    remoteAddress,
    remotePort,
    localAddress,
    localPort,
    servername: typeof servername === 'string' ? servername : '',
    authorized,
    authorizationError: authorizationError ? String(authorizationError) : null,
    certificate: socket.getPeerX509Certificate(),
  }
}
