// Makes the connection ids of an endpoint: all of one length, since short headers do not tell it, and none of them twice. RFC 9000 sections 5.1 and 5.2.
import type { Routes } from './routes.ts'

/** By default: long enough that a guess does not hit, and a key that is a number. */
export const CONNECTION_ID_LENGTH = 8

/** Times that another id is asked for, before it is said that there is none: short ones run out, and a generator may repeat itself. */
const ATTEMPTS = 64

export interface ConnectionIdOptions {
  /** 0 to 20. */
  readonly length: number
  /** Makes one of that length, which it leaves to its caller. What is of another, is not used. */
  readonly generate: (length: number) => Uint8Array
}

export class ConnectionIdSource {
  readonly length: number
  readonly #generate: (length: number) => Uint8Array

  constructor({ length, generate }: ConnectionIdOptions) {
    this.length = length
    this.#generate = generate
  }

  /** One that leads nowhere yet, and is reserved from now on; null if there is none. */
  next(routes: Routes): Uint8Array | null {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const id = this.#generate(this.length)
      if (id.length === this.length && routes.reserve(id)) return id
    }
    return null
  }
}
