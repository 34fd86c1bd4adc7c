// What a listener of the user's throws is an uncaught exception, as from any callback of Node's; what we were about when we called it goes on all the same.

/** The program hears of it once the work of this turn is done: other sessions, and the rest of this one, have not deserved to be left half-way. */
export function uncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
