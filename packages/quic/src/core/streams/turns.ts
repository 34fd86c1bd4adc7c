// Those who share: a ring, linked through its members so that joining, leaving and the next turn cost the same however many there are.

export interface TurnTaker {
  /** Neighbours in the ring; null outside. Written by `Turns` alone. */
  before: TurnTaker | null
  after: TurnTaker | null
}

export class Turns<T extends TurnTaker> {
  #head: T | null = null

  /** Whose turn it is. */
  get head(): T | null {
    return this.#head
  }

  /** Joins behind all others. */
  push(member: T): void {
    const head = this.#head
    if (head === null) {
      member.before = member.after = member
      this.#head = member
      return
    }
    const last = head.before!
    member.before = last
    member.after = head
    last.after = head.before = member
  }

  /** The head had its turn. */
  rotate(): void {
    if (this.#head !== null) this.#head = this.#head.after as T
  }

  remove(member: T): void {
    const { before, after } = member
    if (after === member) this.#head = null
    else {
      before!.after = after
      after!.before = before
      if (this.#head === member) this.#head = after as T
    }
    member.before = member.after = null
  }
}
