// Streams that share with all others as one. Among themselves the highest order sends alone, until it has nothing left; those of one order take turns.
import { Heap, type Placed } from '../heap.ts'
import { Turns, type TurnTaker } from './turns.ts'

/** All of one order that wait. */
interface Level<T extends TurnTaker> extends Placed {
  order: number
  readonly turns: Turns<T>
}

/** The members that wait to send. The cost of a turn does not grow with their number, nor with that of their orders. */
export class SendGroup<T extends TurnTaker> implements TurnTaker {
  before: TurnTaker | null = null
  after: TurnTaker | null = null
  readonly #levels = new Map<number, Level<T>>()
  /** Higher orders first. */
  readonly #highest = new Heap<Level<T>>()
  /** The level that emptied last, for the next: a stream that sends now and then costs no object each time. */
  #spare: Level<T> | null = null

  /** Who uses the group's turn; null when nobody waits. */
  get first(): T | null {
    return this.#highest.first?.turns.head ?? null
  }

  add(member: T, order: number): void {
    let level = this.#levels.get(order)
    if (level === undefined) {
      level = this.#spare ?? { order, turns: new Turns<T>(), place: -1 }
      this.#spare = null
      level.order = order
      this.#levels.set(order, level)
      this.#highest.set(level, -order)
    }
    level.turns.push(member)
  }

  remove(member: T, order: number): void {
    const level = this.#levels.get(order)
    if (level === undefined) return
    level.turns.remove(member)
    if (level.turns.head !== null) return
    this.#levels.delete(order)
    this.#highest.remove(level)
    this.#spare = level
  }

  /** The first has had its turn. */
  served(): void {
    this.#highest.first?.turns.rotate()
  }
}
