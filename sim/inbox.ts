// Datagrams that wait at an end's socket until its reader comes. What is alike and follows each other is then one train, as a kernel glues it (UDP_GRO).
import { Arena } from '@millrace/native'
import type { Connection } from '../packages/quic/src/core/connection.ts'
import { MAX_UDP_PAYLOAD } from '../packages/quic/src/core/limits.ts'
import type { LocalSocket, RemoteAddress } from '../packages/quic/src/core/paths/path-address.ts'

/** Datagrams that may wait; the reader comes at once for what is more. */
const ROOM = 32

interface Waiting {
  readonly offset: number
  readonly length: number
  readonly ecn: number
  readonly from: RemoteAddress
  readonly local: LocalSocket
}

export class Inbox {
  /** Datagrams that a connection took in behind another of their train, without a look at each. */
  followers = 0
  readonly #memory = Arena.allocate(ROOM * MAX_UDP_PAYLOAD)
  #waiting: Waiting[] = []
  #end = 0

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  get isFull(): boolean {
    return this.#waiting.length === ROOM
  }

  add(datagram: Uint8Array, ecn: number, from: RemoteAddress, local: LocalSocket): void {
    const { length } = datagram
    this.#memory.bytes.set(datagram, this.#end)
    this.#waiting.push({ offset: this.#end, length, ecn, from, local })
    this.#end += length
  }

  /** All that waits, in the order of its arrival. */
  handTo(connection: Connection, now: number): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#end = 0
    for (let index = 0; index < waiting.length; ) {
      const taken = connection.receiveTrain({ memory: this.#memory, ...waiting[index]! }, alikeFrom(waiting, index), now)
      this.followers += taken - 1
      index += taken
    }
  }
}

/** How many are one train, from `index` on. */
function alikeFrom(waiting: readonly Waiting[], index: number): number {
  const first = waiting[index]!
  const other = waiting.findIndex(
    ({ length, ecn, from, local }, at) =>
      at > index && (length !== first.length || ecn !== first.ecn || from !== first.from || local !== first.local),
  )
  return (other === -1 ? waiting.length : other) - index
}
