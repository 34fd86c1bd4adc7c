// What a session does for its streams: the work in the core, and a word to the endpoint that there may be something to send.

import type { Priority } from '../core/streams/priority.ts'
import type { Stream } from '../core/streams/stream.ts'
import type { Member } from '../endpoint/member.ts'
import type { StreamHost } from './stream.ts'

export class SessionStreams implements StreamHost {
  readonly #member: Member

  constructor(member: Member) {
    this.#member = member
  }

  read(stream: Stream): Buffer | null {
    const chunk = this.#streams().read(stream)
    this.#wasRead(stream)
    return chunk
  }

  readInto(stream: Stream, target: Uint8Array): number {
    const count = this.#streams().readInto(stream, target)
    this.#wasRead(stream)
    return count
  }

  resetRead(stream: Stream): void {
    this.#streams().resetRead(stream)
    this.touch()
  }

  reset(stream: Stream, code: bigint, reliableSize: number): void {
    this.#streams().resetStreamAt(stream, code, reliableSize)
    this.touch()
  }

  stop(stream: Stream, code: bigint): void {
    this.#streams().stopSending(stream, code)
    this.touch()
  }

  prioritize(stream: Stream, priority: Priority): void {
    this.#streams().prioritize(stream, priority)
  }

  room(stream: Stream): number {
    return this.#streams().roomToWrite(stream)
  }

  sendable(stream: Stream): number {
    return Math.min(stream.send!.sendable, this.#streams().sendCredit.room)
  }

  touch(): void {
    this.#member.touch()
  }

  #streams(): Member['connection']['streams'] {
    return this.#member.connection.streams
  }

  /** Credit may have become due, or the end of the stream, or a reset behind what was read. */
  #wasRead(stream: Stream): void {
    if (this.#streams().control.wantsToSend || stream.ended || stream.receive?.isReset) this.touch()
  }
}
