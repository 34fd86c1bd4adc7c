// Which stream sends next: the most urgent; among equals, those that share in turns, and the others one after the other. RFC 9218 section 10.
// Streams of one group have their turns as one, and the highest of them uses it.
// The cost of a packet does not grow with the streams that wait.
import { Heap, type Placed } from '../heap.ts'
import { type Priority, URGENCIES } from './priority.ts'
import { SendGroup } from './send-group.ts'
import { Turns, type TurnTaker } from './turns.ts'

/** What a schedule keeps with each of its members. Written by `Schedule` alone. */
export interface Scheduled extends Placed, TurnTaker {
  readonly id: number
  /** In line to send data. */
  queued: boolean
  priority: Priority
}

/** All of one urgency. Those that share have every second turn, the first of the others the rest: neither kind can silence the other. */
class Rank<T extends Scheduled> {
  readonly #sharing = new Turns<T | SendGroup<T>>()
  /** Lower ids first. */
  readonly #ordered = new Heap<T>()
  /** By what names them; null until somebody is of a group. */
  #groups: WeakMap<object, SendGroup<T>> | null = null
  #sharedLast = false

  get first(): T | null {
    const turn = this.#sharing.head
    const sharing = turn instanceof SendGroup ? turn.first : turn
    const ordered = this.#ordered.first
    if (sharing === null || ordered === null) return sharing ?? ordered
    return this.#sharedLast ? ordered : sharing
  }

  /** The one that stays first while it has something to send; null where others have their turn before it is done. */
  get steady(): T | null {
    const turn = this.#sharing.head
    const ordered = this.#ordered.first
    if (turn === null) return ordered
    return ordered !== null || turn instanceof SendGroup || turn.after !== turn ? null : turn
  }

  add(member: T): void {
    const { incremental, group, order = 0 } = member.priority
    if (group !== undefined) this.#join(this.#groupOf(group), member, order)
    else if (incremental) this.#sharing.push(member)
    else this.#ordered.set(member, member.id)
  }

  remove(member: T): void {
    const { incremental, group, order = 0 } = member.priority
    if (group !== undefined) this.#leave(this.#groupOf(group), member, order)
    else if (incremental) this.#sharing.remove(member)
    else this.#ordered.remove(member)
  }

  served({ priority }: T): void {
    this.#sharedLast = priority.incremental || priority.group !== undefined
    if (!this.#sharedLast) return
    const turn = this.#sharing.head
    if (turn instanceof SendGroup) turn.served()
    this.#sharing.rotate()
  }

  #groupOf(name: object): SendGroup<T> {
    this.#groups ??= new WeakMap()
    let group = this.#groups.get(name)
    if (group === undefined) {
      group = new SendGroup()
      this.#groups.set(name, group)
    }
    return group
  }

  #join(group: SendGroup<T>, member: T, order: number): void {
    if (group.first === null) this.#sharing.push(group)
    group.add(member, order)
  }

  #leave(group: SendGroup<T>, member: T, order: number): void {
    group.remove(member, order)
    if (group.first === null) this.#sharing.remove(group)
  }
}

/** Until anybody has waited, when it is copied: nothing is put there. */
const NO_RANKS: null[] = new Array<null>(URGENCIES).fill(null)

export class Schedule<T extends Scheduled> {
  /** By urgency; null until somebody has waited there, which on most connections is so of all but one. */
  #ranks: (Rank<T> | null)[] = NO_RANKS
  /** A bit for each urgency of which somebody waits, the lowest for the most urgent. */
  #waiting = 0

  /** Who sends next; null when nobody waits. */
  get first(): T | null {
    if (this.#waiting === 0) return null
    return this.#foremost().first
  }

  /** The member that sends next and goes on to until it is done; null where several take turns, or nobody waits. */
  get steady(): T | null {
    return this.#waiting === 0 ? null : this.#foremost().steady
  }

  /** Joins, once. */
  add(member: T): void {
    if (member.queued) return
    member.queued = true
    const { urgency } = member.priority
    if (this.#ranks === NO_RANKS) this.#ranks = NO_RANKS.slice()
    this.#ranks[urgency] ??= new Rank<T>()
    this.#waiting |= 1 << urgency
    this.#ranks[urgency].add(member)
  }

  /** Leaves, if it waits. */
  remove(member: T): void {
    if (!member.queued) return
    member.queued = false
    const { urgency } = member.priority
    const rank = this.#ranks[urgency]!
    rank.remove(member)
    if (rank.first === null) this.#waiting &= ~(1 << urgency)
  }

  /** The first has sent something and wants to go on: others may have to come before. */
  served(member: T): void {
    this.#ranks[member.priority.urgency]!.served(member)
  }

  /** The most urgent rank in which somebody waits. */
  #foremost(): Rank<T> {
    return this.#ranks[31 - Math.clz32(this.#waiting & -this.#waiting)]!
  }

  /** Changes how much a member matters, whether it waits or not. */
  prioritize(member: T, priority: Priority): void {
    const waits = member.queued
    this.remove(member)
    member.priority = priority
    if (waits) this.add(member)
  }
}
