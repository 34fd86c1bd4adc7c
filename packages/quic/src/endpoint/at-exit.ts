// Farewells that are in line when a process ends in the middle of a turn, as by `process.exit()`: they leave all the same, lest a peer wait for who will never
// answer.

export interface Leaving {
  /** Sends the farewells that were said in this turn. It must not wait for anything. */
  sendFarewells(): void
}

const LEAVING = new Set<Leaving>()

/** Asks it when the process ends, or this Worker, until `endsBefore`. */
export function asksAtExit(leaving: Leaving): void {
  // Before others that listen: theirs is to free what it takes to send.
  if (LEAVING.size === 0) process.prependListener('exit', atExit)
  LEAVING.add(leaving)
}

/** Asks it no more. */
export function endsBefore(leaving: Leaving): void {
  if (LEAVING.delete(leaving) && LEAVING.size === 0) process.off('exit', atExit)
}

function atExit(): void {
  for (const leaving of LEAVING) leaving.sendFarewells()
}
