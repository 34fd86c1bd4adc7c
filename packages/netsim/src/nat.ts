// The addresses of one side's sockets as the network knows them. Addresses are opaque tokens: a socket's own name, until the side is rebound, as a NAT
// does that forgets what it had mapped. RFC 9000 section 9.3.

const MARK = '~'

export class Nat {
  #mapping = 0

  /** From now on all sockets have other addresses, and what is sent to the old ones is lost. */
  rebind(): void {
    this.#mapping++
  }

  /** The address under which the network knows a socket now. */
  outside(socket: string): string {
    return this.#mapping === 0 ? socket : `${socket}${MARK}${this.#mapping}`
  }

  /** The socket behind an address; null when nothing is there any more. */
  inside(address: string): string | null {
    const at = address.lastIndexOf(MARK)
    const socket = at < 0 ? address : address.slice(0, at)
    return this.outside(socket) === address ? socket : null
  }
}
