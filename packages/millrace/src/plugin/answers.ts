// What a plugin says back on a flow. An answer finishes everything before it, so that a run of dropped messages needs one acknowledgement, and
// none at all when a result follows in the same turn.

import { BATCH_BYTES } from '../limits.ts'
import type { FrameSender } from '../protocol/frame-sender.ts'
import type { Message } from '../protocol/message.ts'

/** The sequence of a result that answers no message. */
const OWN = 0

export class Answers {
  readonly #sender: FrameSender
  /** Finished without a word so far; 0 when nothing is. */
  #finished = 0
  #isScheduled = false

  constructor(sender: FrameSender) {
    this.#sender = sender
  }

  /** A result of the message with this sequence; `final`: nothing more comes of it. */
  result(sequence: number, final: boolean, message: Message): void {
    this.#finished = 0
    this.#sender.batch.result(sequence, final, message)
    this.#sendSoon()
  }

  /** A message that is not the result of one that is still open. */
  own(message: Message): void {
    this.#sender.batch.result(OWN, false, message)
    this.#sendSoon()
  }

  /** The message goes on as it came. */
  pass(sequence: number): void {
    this.#finished = 0
    this.#sender.batch.pass(sequence)
    this.#sendSoon()
  }

  /** The message, and all before it, is done with; no more results come of it. */
  finish(sequence: number): void {
    this.#finished = sequence
    this.#sendSoon()
  }

  flush(): void {
    if (this.#finished !== 0) this.#sender.batch.acknowledge(this.#finished)
    this.#finished = 0
    this.#sender.flush()
  }

  #sendSoon(): void {
    if (this.#sender.batch.size >= BATCH_BYTES) this.flush()
    if (this.#isScheduled) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      this.flush()
    })
  }
}
