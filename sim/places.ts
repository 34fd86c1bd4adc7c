// The network's address tokens, as the core's addresses and sockets: one object for one token.
import type { LocalSocket, RemoteAddress } from '../packages/quic/src/core/paths/path-address.ts'

export class Places {
  readonly #remotes = new Map<string, RemoteAddress>()
  readonly #locals = new Map<string, LocalSocket>()
  readonly #names = new Map<LocalSocket, string>()

  remote(token: string): RemoteAddress {
    let remote = this.#remotes.get(token)
    if (remote === undefined) {
      remote = { family: 4, address: token, port: 0 }
      this.#remotes.set(token, remote)
    }
    return remote
  }

  local(name: string): LocalSocket {
    let local = this.#locals.get(name)
    if (local === undefined) {
      local = { largestDatagram: Number.POSITIVE_INFINITY }
      this.#locals.set(name, local)
      this.#names.set(local, name)
    }
    return local
  }

  /** The name of a socket that `local` made. */
  socket(local: LocalSocket): string {
    return this.#names.get(local)!
  }
}
