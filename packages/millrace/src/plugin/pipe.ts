// A plugin as an RxJS pipeline; the one place that imports RxJS. Rx does not say when an item is finished, so this is how it is judged:
// - What the pipeline emits while an item is put in is a result of that item, and the item is finished.
// - What it emits at any other time is a result of the oldest item that is open, which is finished by that.
// - An item that nothing came of is finished at once in a pipeline that has only ever answered while an item was put in (a filter, a buffer).
//   In one that answers later it stays open, at most 1024 of them, until the pipeline has been silent for a second.
// Open items are what the edge sends again when this process dies, and what holds the edge back when the pipeline is slow. A result that comes
// after its item was given up is sent all the same, as a message of the plugin's own.

import { marshal, replace } from '@millrace/y3'
import { type Observable, Subject, type Subscription } from 'rxjs'
import { Fifo } from '../fifo.ts'
import { Gate } from '../gate.ts'
import { PIPE_PATIENCE_MILLIS, PIPE_WINDOW } from '../limits.ts'
import type { Item, Work, Worker } from './work.ts'

/** Turns a stream of values into a stream of results; null and undefined are results that drop. */
export type Pipe<In, Out> = (source: Observable<In>) => Observable<Out | null | undefined>

/** An item inside the pipeline, or one that waits behind such items for its turn to pass or to be finished. */
interface Open {
  readonly item: Item
  readonly key: number
  readonly fate: 'result' | 'pass' | 'finish'
}

/** How the pipeline has been seen to answer. */
type Manner = 'unknown' | 'synchronous' | 'asynchronous'

export class PipeWorker implements Worker {
  readonly #work: Work
  readonly #pipe: Pipe<unknown, unknown>
  readonly #open: Fifo<Open> = new Fifo()
  readonly #room: Gate = new Gate()
  readonly #empty: Gate = new Gate()
  #values: Subject<unknown> = new Subject()
  #subscription: Subscription | null = null
  #isOver = false
  #manner: Manner = 'unknown'
  /** The item that is being put in. */
  #current: Open | null = null
  /** Something came of the current item. */
  #isAnswered = false
  /** The item that was put in last: a message of the pipeline's own is made after it. */
  #last: Open | null = null
  #hasEmitted = false
  #patience: NodeJS.Timeout | null = null

  constructor(work: Work, pipe: Pipe<unknown, unknown>) {
    this.#work = work
    this.#pipe = pipe
    this.#subscribe()
  }

  take(item: Item): Promise<void> | null {
    let value: unknown
    let open: Open = { item, key: -1, fate: 'pass' }
    try {
      const key = this.#work.observedKey(item.message)
      if (key !== -1) {
        value = this.#work.value(item.message, key)
        open = { item, key, fate: 'result' }
      }
    } catch (error) {
      this.#work.fail(item.message, error)
      open = { item, key: -1, fate: 'finish' }
    }
    if (open.fate === 'result') this.#feed(open, value)
    else if (this.#open.length === 0) this.#close(open)
    else this.#open.push(open)
    return this.#open.length < PIPE_WINDOW ? null : this.#room.wait()
  }

  async settled(): Promise<void> {
    while (this.#open.length > 0) await this.#empty.wait()
  }

  /** Lets go of everything: the connection is gone. */
  stop(): void {
    this.#isOver = true
    this.#subscription?.unsubscribe()
    this.#closeAll()
  }

  #feed(open: Open, value: unknown): void {
    this.#current = open
    this.#last = open
    this.#isAnswered = false
    this.#values.next(value)
    this.#current = null
    if (this.#isAnswered || this.#isOver || this.#manner === 'synchronous') {
      this.#closeAll()
      if (this.#isAnswered) open.item.answers.finish(open.item.sequence)
      else this.#close(open)
    } else {
      this.#open.push(open)
      this.#patience ??= setTimeout(() => this.#losePatience(), PIPE_PATIENCE_MILLIS)
    }
  }

  #subscribe(): void {
    this.#subscription = this.#pipe(this.#values.asObservable()).subscribe({
      next: (result) => this.#emit(result),
      error: (error: unknown) => this.#fail(error),
      complete: () => {
        this.#isOver = true
        this.#work.report('the pipeline has completed; what comes from now on is dropped')
      },
    })
  }

  #emit(result: unknown): void {
    this.#hasEmitted = true
    if (this.#current !== null) {
      if (this.#manner === 'unknown') this.#manner = 'synchronous'
      this.#closeAll()
      this.#isAnswered = true
      this.#send(this.#current, result)
      return
    }
    this.#manner = 'asynchronous'
    const oldest = this.#oldest()
    if (oldest === null) {
      this.#sendOwn(result)
      return
    }
    this.#open.shift()
    this.#send(oldest, result)
    oldest.item.answers.finish(oldest.item.sequence)
    this.#oldest()
    this.#release()
  }

  /** The oldest item that a result can be of; those before it take their leave. */
  #oldest(): Open | null {
    for (let open = this.#open.at(0); open !== undefined; open = this.#open.at(0)) {
      if (open.fate === 'result') return open
      this.#open.shift()
      this.#close(open)
    }
    return null
  }

  #send({ item, key }: Open, result: unknown): void {
    const { answers, sequence, message } = item
    if (result === null || result === undefined) {
      this.#work.stats.dropped++
      return
    }
    try {
      const packet = replace(message.packet, this.#work.plugin.returns.encode(key, result))
      answers.result(sequence, false, this.#work.changed(message, packet))
      this.#work.stats.handled++
    } catch (error) {
      this.#work.fail(message, error)
    }
  }

  /** A result that is nobody's: made after the last item, which says on which flow it travels. */
  #sendOwn(result: unknown): void {
    if (result === null || result === undefined) return
    if (this.#last === null) {
      this.#work.report('the pipeline emitted before it was given anything; that is dropped')
      return
    }
    const { item, key } = this.#last
    try {
      const packet = marshal(key, result, this.#work.plugin.returns)
      item.answers.own({ ...item.message, packet, mixed: true })
      this.#work.stats.handled++
    } catch (error) {
      this.#work.fail(item.message, error)
    }
  }

  /** An error ends an Rx stream, not ours: the item is reported, and a new pipeline takes its place. */
  #fail(error: unknown): void {
    const open = this.#current ?? this.#oldest() ?? this.#last
    if (open === null) {
      this.#isOver = true
      this.#work.report(`the pipeline fails before it is given anything: ${error instanceof Error ? error.message : String(error)}`)
      return
    }
    this.#work.fail(open.item.message, error)
    this.#closeAll()
    if (this.#current !== null) this.#isAnswered = true
    this.#values = new Subject()
    this.#subscribe()
  }

  #losePatience(): void {
    this.#patience = null
    if (this.#hasEmitted && this.#open.length > 0) {
      this.#hasEmitted = false
      this.#patience = setTimeout(() => this.#losePatience(), PIPE_PATIENCE_MILLIS)
      return
    }
    if (this.#manner === 'unknown') this.#manner = 'synchronous'
    this.#closeAll()
  }

  #closeAll(): void {
    if (this.#open.length === 0) return
    for (let open = this.#open.shift(); open !== undefined; open = this.#open.shift()) this.#close(open)
    this.#release()
  }

  #close({ item, fate }: Open): void {
    if (fate === 'pass') {
      this.#work.stats.passed++
      item.answers.pass(item.sequence)
      return
    }
    if (fate === 'result') this.#work.stats.dropped++
    item.answers.finish(item.sequence)
  }

  #release(): void {
    if (this.#open.length < PIPE_WINDOW) this.#room.openWide()
    if (this.#open.length > 0) return
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = null
    this.#empty.openWide()
  }
}
