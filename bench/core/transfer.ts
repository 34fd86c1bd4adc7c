// An upload in memory, for as long as it is given.
import { BackToBack } from '../../packages/quic/test/support/back-to-back.ts'
import type { End } from '../../packages/quic/test/support/pair.ts'
import { cpuMillis } from '../cpu-time.ts'
import { newOpener, newSealer } from './no-protection.ts'

/** Turns between two looks at the clock: a megabyte. */
const BATCH = 20

/** Bytes a second of CPU time; half the time goes by before any counts. */
export function transferRate(millis: number, isProtected: boolean): number {
  const run = new BackToBack()
  const ends = [run.pair.client, run.pair.server]
  const restore = isProtected ? [] : ends.map(lay)
  turn(run, millis / 2)
  const before = run.received
  const elapsed = turn(run, millis)
  for (const undo of restore) undo()
  run.release()
  return ((run.received - before) / elapsed) * 1000
}

/** Takes protection off what one end sends and receives from now on. */
function lay({ connection: { spaces } }: End): () => void {
  const space = spaces.application
  const { sealer, opener } = space
  space.sealer = newSealer()
  space.opener = newOpener()
  return () => {
    space.sealer = sealer
    space.opener = opener
  }
}

function turn(run: BackToBack, millis: number): number {
  const start = cpuMillis()
  for (;;) {
    for (let count = 0; count < BATCH; count++) run.turn()
    const elapsed = cpuMillis() - start
    if (elapsed >= millis) return elapsed
  }
}
