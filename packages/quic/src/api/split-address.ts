// Addresses as users write them.
import { isIP } from 'node:net'
import { wrong } from './option-checks.ts'

/** An address taken apart. */
export interface HostAndPort {
  readonly host: string
  readonly port: number
}

/** Takes `host:port` or `[IPv6]:port` apart. `least` is the lowest port that makes sense. */
export function splitAddress(option: string, address: string, least: number): HostAndPort {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address)
  const port = Number(match?.[3])
  if (match === null || port < least || port > 65_535) {
    throw wrong(option, `is ${JSON.stringify(address)}; write host:port, or [address]:port for IPv6, with a port from ${least} to 65535`)
  }
  return { host: match[1] ?? match[2]!, port }
}

/** Where a client goes. */
interface Destination extends HostAndPort {
  /** The host is an address already, not a name. */
  readonly isLiteral: boolean
}

/** Where clients go: mostly where the one before went. */
export class Destinations {
  #address: string | null = null
  #last: Destination = { host: '', port: 0, isLiteral: false }

  /** Throws ERR_QUIC_OPTION for what is no address. */
  of(address: string): Destination {
    if (address !== this.#address) {
      const { host, port } = splitAddress('address', address, 1)
      this.#last = { host, port, isLiteral: isIP(host) !== 0 }
      this.#address = address
    }
    return this.#last
  }
}
