// Where those wait who want to put something in while there is no room. They are let in one at a time, in the order in which they came: each
// is woken only if there is still room after the one before.

import { Fifo } from './fifo.ts'

export class Gate {
  readonly #waiting: Fifo<() => void> = new Fifo()

  /** Resolves at the next opening that reaches this caller; the caller then looks again for itself. */
  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Wakes the first in line. It calls `open` again when it is done and there is room left. */
  open(): void {
    this.#waiting.shift()?.()
  }

  /** Wakes all, for when waiting has lost its reason. */
  openWide(): void {
    for (let wake = this.#waiting.shift(); wake !== undefined; wake = this.#waiting.shift()) wake()
  }
}
