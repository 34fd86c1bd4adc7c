// What stays in memory, round after round. One measurement says little: code is compiled, pools fill, the test runner keeps records of its own, and what an
// earlier test left is collected late. What is kept of each round shows in every round, and so in the middle one.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of live objects. */
export function heapUsed(): number {
  collect()
  return process.memoryUsage().heapUsed
}

/** Rounds that do not count: with the second, V8 has compiled what it will. */
const WARM_UP = 2

/** Bytes by which so many rounds made the heap grow, the middle one of them; an odd number. */
export async function growthOfRounds(rounds: number, round: () => Promise<void> | void): Promise<number> {
  for (let count = 0; count < WARM_UP; count++) await round()
  const growths: number[] = []
  let before = heapUsed()
  for (let count = 0; count < rounds; count++) {
    await round()
    const now = heapUsed()
    growths.push(now - before)
    before = now
  }
  return growths.toSorted((a, b) => a - b)[(rounds - 1) / 2]!
}
