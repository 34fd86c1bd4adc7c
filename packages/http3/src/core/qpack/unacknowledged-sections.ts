// Field sections that refer to the dynamic table, until the peer has acknowledged them or given them up. RFC 9204 section 2.1.1 and 2.1.2.
import { ChurnMap } from '@millrace/bytes'
import type { Entry } from './dynamic-table.ts'
import { MAX_UNACKNOWLEDGED_SECTIONS } from './limits.ts'

interface Section {
  readonly required: number
  readonly entries: readonly Entry[]
  /** The next one on the same stream: they are acknowledged in order. */
  next: Section | null
}

/** What field sections on their way refer to, by stream; and which streams may be blocked by it. */
export class UnacknowledgedSections {
  readonly #streams = new ChurnMap<number, Section>()
  /** Streams that may be blocked: the highest Required Insert Count of each that is above the Known Received Count. */
  readonly #blocking = new Map<number, number>()
  #count = 0

  /** Whether one more can be remembered. */
  get full(): boolean {
    return this.#count >= MAX_UNACKNOWLEDGED_SECTIONS
  }

  /** Streams that may be blocked now. */
  get blockingStreams(): number {
    return this.#blocking.size
  }

  /** Whether the stream may be blocked already, so that one more reference costs nothing. */
  isBlocking(streamId: number): boolean {
    return this.#blocking.has(streamId)
  }

  /** Remembers a section; `known` is the Known Received Count. */
  add(streamId: number, required: number, entries: readonly Entry[], known: number): void {
    const section: Section = { required, entries, next: null }
    const first = this.#streams.get(streamId)
    if (first === undefined) this.#streams.set(streamId, section)
    else lastOf(first).next = section
    this.#count++
    if (required > known) this.#blocking.set(streamId, Math.max(required, this.#blocking.get(streamId) ?? 0))
  }

  /** The peer has decoded the stream's earliest section: its Required Insert Count; null if there was none. RFC 9204 section 4.4.1. */
  acknowledge(streamId: number): number | null {
    const section = this.#streams.get(streamId)
    if (section === undefined) return null
    if (section.next === null) this.#streams.delete(streamId)
    else this.#streams.set(streamId, section.next)
    this.#release(section)
    return section.required
  }

  /** The peer will not decode what is on its way on this stream. RFC 9204 section 4.4.2. */
  cancel(streamId: number): void {
    for (let section = this.#streams.get(streamId) ?? null; section !== null; section = section.next) this.#release(section)
    this.#streams.delete(streamId)
    this.#blocking.delete(streamId)
  }

  /** The Known Received Count has risen. */
  received(known: number): void {
    for (const [streamId, required] of this.#blocking) if (required <= known) this.#blocking.delete(streamId)
  }

  #release(section: Section): void {
    this.#count--
    for (const entry of section.entries) entry.references--
  }
}

function lastOf(section: Section): Section {
  let last = section
  while (last.next !== null) last = last.next
  return last
}
