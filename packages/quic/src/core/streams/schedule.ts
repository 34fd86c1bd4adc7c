// Which stream sends next: the most urgent; among equals, those that share in turns, and the others one after the other. RFC 9218 section 10.
// The cost of a packet does not grow with the streams that wait.
import { Heap, type Placed } from '../heap.ts'
import { type Priority, URGENCIES } from './priority.ts'
import { Turns, type TurnTaker } from './turns.ts'

/** What a schedule keeps with each of its members. Written by `Schedule` alone. */
export interface Scheduled<T> extends Placed, TurnTaker<T> {
  readonly id: number
  /** In line to send data. */
  queued: boolean
  priority: Priority
}

/** All of one urgency. Those that share have every second turn, the first of the others the rest: neither kind can silence the other. */
class Rank<T extends Scheduled<T>> {
  readonly sharing = new Turns<T>()
  /** Lower ids first. */
  readonly ordered = new Heap<T>()
  #sharedLast = false

  get first(): T | null {
    const sharing = this.sharing.head
    const ordered = this.ordered.first
    if (sharing === null || ordered === null) return sharing ?? ordered
    return this.#sharedLast ? ordered : sharing
  }

  served({ priority }: T): void {
    this.#sharedLast = priority.incremental
    if (priority.incremental) this.sharing.rotate()
  }
}

export class Schedule<T extends Scheduled<T>> {
  /** By urgency; null until somebody has waited there, which on most connections is so of all but one. */
  readonly #ranks: (Rank<T> | null)[] = new Array<Rank<T> | null>(URGENCIES).fill(null)
  /** A bit for each urgency of which somebody waits, the lowest for the most urgent. */
  #waiting = 0

  /** Who sends next; null when nobody waits. */
  get first(): T | null {
    if (this.#waiting === 0) return null
    return this.#ranks[31 - Math.clz32(this.#waiting & -this.#waiting)]!.first
  }

  /** Joins, once. */
  add(member: T): void {
    if (member.queued) return
    member.queued = true
    const { urgency, incremental } = member.priority
    this.#ranks[urgency] ??= new Rank<T>()
    const rank = this.#ranks[urgency]
    this.#waiting |= 1 << urgency
    if (incremental) rank.sharing.push(member)
    else rank.ordered.set(member, member.id)
  }

  /** Leaves, if it waits. */
  remove(member: T): void {
    if (!member.queued) return
    member.queued = false
    const { urgency, incremental } = member.priority
    const rank = this.#ranks[urgency]!
    if (incremental) rank.sharing.remove(member)
    else rank.ordered.remove(member)
    if (rank.first === null) this.#waiting &= ~(1 << urgency)
  }

  /** The first has sent something and wants to go on: others may have to come before. */
  served(member: T): void {
    this.#ranks[member.priority.urgency]!.served(member)
  }

  /** Changes how much a member matters, whether it waits or not. */
  prioritize(member: T, priority: Priority): void {
    const waits = member.queued
    this.remove(member)
    member.priority = priority
    if (waits) this.add(member)
  }
}
