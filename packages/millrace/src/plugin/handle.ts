// A plugin as a function: the values of one flow go in one after the other, results come out in the same order, however long each takes.

import { replace } from '@millrace/y3'
import { Gate } from '../gate.ts'
import type { Message } from '../protocol/message.ts'
import type { HandleContext } from './define.ts'
import type { Item, Work, Worker } from './work.ts'

type Handle = (value: unknown, context: HandleContext) => unknown

/** The packet that goes on, or null for none. The very packet that came: it passes. */
type Outcome = Uint8Array | null

export class HandleWorker implements Worker {
  readonly #work: Work
  readonly #handle: Handle
  readonly #room: Gate = new Gate()
  #running = 0
  /** Settles when everything before has been answered. Never rejects. */
  #before: Promise<void> = Promise.resolve()

  constructor(work: Work, handle: Handle) {
    this.#work = work
    this.#handle = handle
  }

  take(item: Item): Promise<void> | null {
    const outcome = this.#start(item.message)
    if (!(outcome instanceof Promise) && this.#running === 0) {
      this.#answer(item, outcome)
      return null
    }
    this.#running++
    this.#before = Promise.all([outcome, this.#before]).then(([ready]) => {
      this.#running--
      this.#answer(item, ready)
      this.#room.open()
    })
    return this.#running < this.#work.plugin.concurrency ? null : this.#room.wait()
  }

  settled(): Promise<void> {
    return this.#before
  }

  /** Never throws or rejects: an error is reported and nothing comes of the message. */
  #start(message: Message): Outcome | Promise<Outcome> {
    try {
      const { packet, tag, id, sourceTimeMicros, trace } = message
      const key = this.#work.observedKey(message)
      if (key === -1) return packet
      const result = this.#handle(this.#work.value(message, key), { key, tag, id, sourceTimeMicros, trace })
      if (!isThenable(result)) return this.#finish(message, key, result)
      return Promise.resolve(result).then(
        (later) => this.#finish(message, key, later),
        (error: unknown) => this.#fail(message, error),
      )
    } catch (error) {
      return this.#fail(message, error)
    }
  }

  #finish(message: Message, key: number, result: unknown): Outcome {
    if (result === null || result === undefined) {
      this.#work.stats.dropped++
      return null
    }
    try {
      return replace(message.packet, this.#work.plugin.returns.encode(key, result))
    } catch (error) {
      return this.#fail(message, error)
    }
  }

  #fail(message: Message, error: unknown): null {
    this.#work.fail(message, error)
    return null
  }

  #answer({ answers, sequence, message }: Item, outcome: Outcome): void {
    const { stats } = this.#work
    if (outcome === null) answers.finish(sequence)
    else if (outcome === message.packet) {
      stats.passed++
      answers.pass(sequence)
    } else {
      stats.handled++
      answers.result(sequence, true, this.#work.changed(message, outcome))
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
