// Writes that leave as a whole or not at all, as far as flow control goes. W3C WebTransport, "atomicWrite(chunk)" and "abort all atomic write requests".

/** What such a write puts in the stream's line, where a chunk would stand. */
export class AtomicChunk {
  readonly bytes: unknown
  /** Why it is not sent; null while it may be. */
  refused: DOMException | null = null

  constructor(bytes: unknown) {
    this.bytes = bytes
  }
}

/** Which of a stream's writes that wait are such. */
export class AtomicWrites {
  readonly #waiting = new Set<AtomicChunk>()
  /** Others that wait. */
  #plain = 0

  /** A chunk joins the line. */
  queued(chunk: unknown): void {
    if (chunk instanceof AtomicChunk) this.#waiting.add(chunk)
    else this.#plain++
  }

  /** Its turn has come. */
  begun(chunk: unknown): void {
    if (chunk instanceof AtomicChunk) this.#waiting.delete(chunk)
    else this.#plain--
  }

  /** Refuses this one and all that wait behind it. False where one of those is no atomic write: then the stream is to fail. */
  refuse(chunk: AtomicChunk, error: DOMException): boolean {
    chunk.refused = error
    if (this.#plain > 0) return false
    for (const each of this.#waiting) each.refused = error
    return true
  }
}
