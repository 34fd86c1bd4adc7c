// How far an edge has come in each lane of each source, kept beyond the connection: a source that lost it sends again what was not confirmed
// to it, and some of that had been accepted. The sources heard from last are remembered.

import { LANES, REMEMBERED_SOURCES } from '../limits.ts'

/** Highest accepted sequence by lane. */
export type Lanes = Float64Array

export class Accepted {
  readonly #sources: Map<string, Lanes> = new Map()

  /** The lanes of the source run with this instance; all zero for one that is new. The same object every time. */
  of(instance: Uint8Array): Lanes {
    const key = Buffer.from(instance).toString('latin1')
    const lanes = this.#sources.get(key) ?? new Float64Array(LANES)
    this.#sources.delete(key)
    this.#sources.set(key, lanes)
    if (this.#sources.size > REMEMBERED_SOURCES) {
      const [oldest] = this.#sources.keys()
      this.#sources.delete(oldest!)
    }
    return lanes
  }
}
