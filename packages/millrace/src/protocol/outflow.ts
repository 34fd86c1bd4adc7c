// Messages of one lane on their way to a peer, kept until the peer has taken responsibility for them, and sent again from there when the
// connection was lost. Answers come back in the order of the messages, so that finishing one finishes all before it. Beside the messages for
// the peer stand bystanders, which it does not observe: they are not sent, but keep their place in the lane's order.

import type { QuicStream } from '@millrace/quic'
import { MillraceError } from '../error.ts'
import { Fifo } from '../fifo.ts'
import type { Gate } from '../gate.ts'
import { BATCH_BYTES } from '../limits.ts'
import { Answer } from './flow.ts'
import { FrameReader } from './frame-reader.ts'
import { FrameSender } from './frame-sender.ts'
import type { Message } from './message.ts'

/** Whoever keeps an outflow: an edge's stage or a source. */
export interface OutflowOwner {
  /** Takes a result, a message that passed or a bystander on its way. Not null: there is no room; wait at that gate and offer it again. */
  forward(message: Message): Gate | null
  /** The message is kept no longer. */
  finished(message: Message): void
}

interface Entry {
  readonly message: Message
  /** Ascending without gaps over what is sent; 0 for a bystander. */
  readonly sequence: number
}

const BYSTANDER = 0

/** The sequence of a result that answers no message. */
const OWN = 0

/** One stream's time as the carrier. */
interface Turn {
  /** Nothing more is sent on it. */
  isOver: boolean
  sender: FrameSender | null
}

export class Outflow {
  readonly lane: number
  readonly #owner: OutflowOwner
  readonly #queue: Fifo<Entry> = new Fifo()
  readonly #answer: Answer = new Answer()
  /** How many entries at the front have been written to the current stream. */
  #written = 0
  #nextSequence = 1
  /** Highest sequence that has been written. */
  #sent = 0
  /** Highest sequence that is finished. */
  #settled = 0
  #turn: Turn | null = null
  #pumping = false
  /** Settles when the stream before the current one is done with. Never rejects. */
  #before: Promise<void> = Promise.resolve()

  constructor(lane: number, owner: OutflowOwner) {
    this.lane = lane
    this.#owner = owner
  }

  /** Messages and bystanders that are kept. */
  get length(): number {
    return this.#queue.length
  }

  push(message: Message): void {
    this.#queue.push({ message, sequence: this.#nextSequence++ })
    this.#pumpSoon()
  }

  /** Keeps a message in its place in the order without showing it to the peer. */
  pushBystander(message: Message): void {
    this.#queue.push({ message, sequence: BYSTANDER })
  }

  /**
   * Uses a fresh stream for as long as it lives: sends all that is not finished, then what is pushed, and acts on the answers. Resolves when
   * the peer has ended its half. Rejects with what went wrong; nothing that is kept is lost by that.
   */
  carry(opening: Promise<QuicStream>): Promise<void> {
    const turn: Turn = { isOver: false, sender: null }
    this.#turn = turn
    // The loop of the stream before may still wait for room downstream with an answer in its hand: it goes first, or order would suffer.
    const now = Promise.all([opening, this.#before]).then(([stream]) => this.#carry(stream, turn))
    this.#before = now.catch(() => undefined)
    return now
  }

  /** Sends nothing more on the current stream; what has been sent is still answered. Resolves when the peer has it all. */
  async finish(): Promise<void> {
    const turn = this.#turn
    if (turn === null) return
    turn.isOver = true
    await turn.sender?.end()
  }

  async #carry(stream: QuicStream, turn: Turn): Promise<void> {
    const sender = new FrameSender(stream)
    turn.sender = sender
    sender.batch.flow(this.lane, this.#settled + 1)
    this.#written = 0
    if (turn.isOver) void sender.end()
    else this.#pump()
    const reader = new FrameReader('back')
    for await (const chunks of stream) {
      for (const chunk of chunks) {
        reader.push(chunk)
        while (reader.next()) {
          const busy = this.#act(reader)
          if (busy !== null) await busy
        }
      }
    }
    if (reader.unfinished > 0) throw new MillraceError('ERR_MILLRACE_MALFORMED', 'a flow ends within a frame')
    void sender.end()
  }

  /** Once the running turn is over, so that what is pushed in one turn goes out in one write. A microtask, not a timer: nothing waits. */
  #pumpSoon(): void {
    if (this.#pumping) return
    this.#pumping = true
    queueMicrotask(() => {
      this.#pumping = false
      this.#pump()
    })
  }

  #pump(): void {
    const turn = this.#turn
    const sender = turn?.sender ?? null
    if (turn?.isOver !== false || sender === null || sender.congested) return
    const { batch } = sender
    while (this.#written < this.#queue.length && !sender.congested) {
      const { message, sequence } = this.#queue.at(this.#written++)!
      if (sequence === BYSTANDER) continue
      batch.message(message)
      if (sequence > this.#sent) this.#sent = sequence
      if (batch.size >= BATCH_BYTES) sender.flush()
    }
    sender.flush()
    this.#dropUnwanted()
    if (sender.congested) void sender.drained().then(() => this.#pump())
  }

  /** Messages whose sender wants no acknowledgement are finished when they are written. */
  #dropUnwanted(): void {
    for (
      let head = this.#queue.at(0);
      head !== undefined && this.#written > 0 && !head.message.wantsAcknowledgement;
      head = this.#queue.at(0)
    ) {
      this.#shift(head)
    }
  }

  /** A promise only when there is something to wait for: a turn of the microtask queue for every answer would show. */
  #act(frame: FrameReader): Promise<void> | null {
    if (!this.#answer.read(frame)) return null
    const gate = this.#apply(this.#answer)
    return gate === null ? null : this.#actLater(gate)
  }

  async #actLater(closed: Gate): Promise<void> {
    for (let gate: Gate | null = closed; gate !== null; gate = this.#apply(this.#answer)) await gate.wait()
  }

  /** Acts on an answer as far as there is room. Called again with the same answer, it goes on where it stopped. */
  #apply(answer: Answer): Gate | null {
    if (answer.sequence > this.#sent) {
      throw new MillraceError('ERR_MILLRACE_UNEXPECTED', `an answer to message ${answer.sequence}, which was not sent`)
    }
    if (answer.sequence === OWN) return answer.message === null ? null : this.#owner.forward(answer.message)
    const blocked = this.#settle(answer.sequence - 1)
    if (blocked !== null || answer.sequence <= this.#settled) return blocked
    const head = this.#queue.at(0)!
    const onward = answer.kind === 'result' ? answer.message : answer.kind === 'pass' ? head.message : null
    const full = onward === null ? null : this.#owner.forward(onward)
    if (full !== null) return full
    if (answer.final) {
      this.#shift(head)
      return this.#settle(this.#settled)
    }
    // Forwarded, and the message goes on living: the answer must not be applied again.
    return null
  }

  /** Finishes every message up to `through` and lets the bystanders among and behind them go on. */
  #settle(through: number): Gate | null {
    for (let head = this.#queue.at(0); head !== undefined && head.sequence <= through; head = this.#queue.at(0)) {
      const full = head.sequence === BYSTANDER ? this.#owner.forward(head.message) : null
      if (full !== null) return full
      this.#shift(head)
    }
    return null
  }

  #shift(head: Entry): void {
    this.#queue.shift()
    if (this.#written > 0) this.#written--
    if (head.sequence !== BYSTANDER) this.#settled = head.sequence
    this.#owner.finished(head.message)
  }
}
