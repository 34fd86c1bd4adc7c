// When each connection of an endpoint wants to be woken, with one timer of Node's for all of them.
import { performance } from 'node:perf_hooks'
import { Heap } from '../core/heap.ts'
import type { Instant } from '../core/instant.ts'
import type { Member } from './member.ts'

/** Milliseconds until one is woken again that could not do what it was woken for, as where the socket is full. Node's timers know none shorter. */
const AGAIN_MILLIS = 1

/** Milliseconds to whose next multiple it is put off to forget a connection that is over: nobody waits for that, and many are forgotten at once. */
const END_GRAIN_MILLIS = 16

export class Alarms {
  readonly #deadlines = new Heap<Member>()
  /** Called for each whose time has come, which is not awaited any more. */
  readonly #ring: (member: Member, now: Instant) => void
  readonly #expire = (): void => this.#expired()
  #timer: NodeJS.Timeout | null = null
  #timerAt = Number.POSITIVE_INFINITY
  /** Nobody is woken before, while those are whose time has come: each of them once. */
  #earliest: Instant = 0
  #held = true

  constructor(ring: (member: Member, now: Instant) => void) {
    this.#ring = ring
  }

  /** Wakes it then, and not when was said before; null for never. */
  set(member: Member, at: Instant | null): void {
    if (at === null) this.#deadlines.remove(member)
    else this.#deadlines.set(member, Math.max(isOver(member) ? onGrid(at) : at, this.#earliest))
    this.#arm()
  }

  /** Whether the timer keeps the process alive; it does at first. */
  hold(keepsAlive: boolean): void {
    this.#held = keepsAlive
    this.#timer?.[keepsAlive ? 'ref' : 'unref']()
  }

  /** Nobody is woken any more, whatever is set. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timerAt = Number.NEGATIVE_INFINITY
  }

  #arm(): void {
    const deadline = this.#deadlines.firstKey
    if (deadline >= this.#timerAt) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timerAt = deadline
    this.#timer = setTimeout(this.#expire, Math.max(1, Math.ceil(deadline - performance.now())))
    if (!this.#held) this.#timer.unref()
  }

  #expired(): void {
    this.#timer = null
    this.#timerAt = Number.POSITIVE_INFINITY
    const now = performance.now()
    this.#earliest = now + AGAIN_MILLIS
    while (this.#deadlines.firstKey <= now) {
      const member = this.#deadlines.first!
      this.#deadlines.remove(member)
      this.#ring(member, now)
    }
    this.#earliest = 0
    this.#arm()
  }
}

function onGrid(at: Instant): Instant {
  return Math.ceil(at / END_GRAIN_MILLIS) * END_GRAIN_MILLIS
}

/** It has said farewell, or heard it. */
function isOver({ connection }: Member): boolean {
  return connection.closing.state !== 'open'
}
