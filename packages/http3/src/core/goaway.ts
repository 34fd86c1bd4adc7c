// Which requests are still taken, as GOAWAY says it in either direction. RFC 9114 section 5.2.

import type { Side } from './side.ts'
import { Http3Error } from './wire/http3-error.ts'

/** The largest id of a request: GOAWAY with it announces that no more will be taken, and refuses none that is on its way. */
export const LAST_REQUEST_ID: bigint = (1n << 62n) - 4n
/** The same for pushes. */
export const LAST_PUSH_ID: bigint = (1n << 62n) - 1n

export class Goaway {
  readonly #side: Side
  #sent: bigint | null = null
  #received: bigint | null = null

  constructor(side: Side) {
    this.#side = side
  }

  /** The id that we sent last: what is not below it, we refuse. Null before. */
  get sent(): bigint | null {
    return this.#sent
  }

  /** The id that the peer sent last. Null before. */
  get received(): bigint | null {
    return this.#received
  }

  /** Notes that we say `id`; what was said before may only become less. Returns what to say, null where that was said already. */
  send(id: bigint): bigint | null {
    if (this.#sent !== null && id >= this.#sent) return null
    this.#sent = id
    return id
  }

  /** The peer says `id`. Throws H3_ID_ERROR. */
  receive(id: bigint): void {
    if (this.#side === 'client' && id % 4n !== 0n) throw new Http3Error('H3_ID_ERROR', `GOAWAY names stream ${id}, which is no request`)
    if (this.#received !== null && id > this.#received) {
      throw new Http3Error('H3_ID_ERROR', `GOAWAY names ${id}, after ${this.#received}`)
    }
    this.#received = id
  }

  /** Whether the peer takes no request with this id: it was not processed, and may be sent again elsewhere. */
  refused(id: bigint): boolean {
    return this.#received !== null && id >= this.#received
  }

  /** Whether we take no request with this id. */
  refuses(id: bigint): boolean {
    return this.#sent !== null && id >= this.#sent
  }
}
