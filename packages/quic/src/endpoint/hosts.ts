// How many connections each host has, whatever its ports.
import type { RemoteAddress } from '../core/paths/path-address.ts'

export class Hosts {
  readonly #counts = new Map<string, number>()

  connections({ address }: RemoteAddress): number {
    return this.#counts.get(address) ?? 0
  }

  add({ address }: RemoteAddress): void {
    this.#counts.set(address, (this.#counts.get(address) ?? 0) + 1)
  }

  remove({ address }: RemoteAddress): void {
    const left = (this.#counts.get(address) ?? 0) - 1
    if (left > 0) this.#counts.set(address, left)
    else this.#counts.delete(address)
  }
}
