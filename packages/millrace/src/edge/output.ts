// The end of the chain: hands messages to whoever embeds the edge, one at a time and in the order in which they leave.

import { Fifo } from '../fifo.ts'
import { Gate } from '../gate.ts'
import { OUTPUT_MESSAGES } from '../limits.ts'
import type { Message } from '../protocol/message.ts'
import type { Landing } from './landing.ts'

/** Takes what leaves the chain. The next message comes when a returned promise has resolved: this is where backpressure begins. */
export type Consumer = (message: Message) => void | Promise<void>

export class Output implements Landing {
  readonly gate: Gate = new Gate()
  /** Opens when nothing waits for the consumer any more. */
  readonly idle: Gate = new Gate()
  readonly #waiting: Fifo<Message> = new Fifo()
  readonly #fault: (error: unknown) => void
  #consumer: Consumer | null = null
  #isBusy = false
  #isFull = false
  #isOver = false
  readonly #over: Gate = new Gate()
  /** Messages that left the chain. */
  delivered = 0

  /** `fault` hears what the consumer throws; the stream goes on. */
  constructor(fault: (error: unknown) => void) {
    this.#fault = fault
  }

  get isFull(): boolean {
    return this.#isFull
  }

  get isIdle(): boolean {
    return !this.#isBusy && this.#waiting.length === 0
  }

  /** Sets the consumer; what leaves while there is none is counted and dropped. */
  consume(consumer: Consumer | null): void {
    this.#consumer = consumer
  }

  /** Ends the iterators: nothing leaves the chain any more. */
  end(): void {
    this.#isOver = true
    this.#over.openWide()
  }

  push(message: Message): void {
    this.delivered++
    if (this.#consumer === null) return
    if (this.#isBusy) this.#keep(message)
    else this.#hand(message)
  }

  /** An iterator over what leaves from now on. It is the one consumer for as long as it is not returned. */
  async *messages(): AsyncGenerator<Message, void, void> {
    const ready = new Fifo<Message>()
    const arrived = new Gate()
    const taken = new Gate()
    const consumer: Consumer = (message) => {
      ready.push(message)
      arrived.open()
      return taken.wait()
    }
    this.consume(consumer)
    try {
      while (ready.length > 0 || !this.#isOver) {
        const message = ready.shift()
        if (message === undefined) await Promise.race([arrived.wait(), this.#over.wait()])
        else {
          taken.open()
          yield message
        }
      }
    } finally {
      taken.openWide()
      if (this.#consumer === consumer) this.consume(null)
    }
  }

  #keep(message: Message): void {
    this.#waiting.push(message)
    if (this.#waiting.length >= OUTPUT_MESSAGES) this.#isFull = true
  }

  #hand(message: Message): void {
    try {
      const busy = this.#consumer?.(message)
      if (busy === undefined) return
      this.#isBusy = true
      busy.catch(this.#fault).then(() => this.#goOn())
    } catch (error) {
      this.#fault(error)
    }
  }

  #goOn(): void {
    this.#isBusy = false
    while (!this.#isBusy && this.#waiting.length > 0) this.#hand(this.#waiting.shift()!)
    if (this.#isFull && this.#waiting.length <= OUTPUT_MESSAGES / 2) {
      this.#isFull = false
      this.gate.openWide()
    }
    if (this.isIdle) this.idle.openWide()
  }
}
