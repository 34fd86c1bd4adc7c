// Simulation: `npm run sim -- --help`. See docs/testing.md.
import { Worker } from 'node:worker_threads'
import { readOptions, type SimOptions, USAGE } from './options.ts'
import { type Outcome, Simulator } from './simulate.ts'

const PROGRESS_MILLIS = 5000
/** Further ones are counted, and not shown. */
const FAILURES_SHOWN = 5

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args)
  if (typeof options === 'string') {
    console.error(`sim: ${options}; --help tells more`)
    return 2
  }
  if (options.help) {
    console.log(USAGE)
    return 0
  }
  return options.seed === null ? runAll(options) : replay(options.seed)
}

async function runAll(options: SimOptions): Promise<number> {
  const started = performance.now()
  const seconds = (): string => ((performance.now() - started) / 1000).toFixed(0)
  const sum = { seeds: 0, failures: 0, datagrams: 0, followers: 0, streams: 0, bytes: 0, millis: 0 }
  let reportAt = started + PROGRESS_MILLIS
  await inWorkers(options, (outcome) => {
    sum.seeds++
    for (const figure of ['datagrams', 'followers', 'streams', 'bytes', 'millis'] as const) sum[figure] += outcome[figure]
    if (outcome.failure !== null && sum.failures++ < FAILURES_SHOWN) printFailure(outcome, outcome.failure)
    if (performance.now() < reportAt) return
    reportAt = performance.now() + PROGRESS_MILLIS
    console.error(`sim: ${sum.seeds} of ${options.seeds} seeds after ${seconds()} s, ${sum.failures} failed`)
  })
  const { from, seeds } = options
  console.log(`sim: seeds ${from} to ${from + seeds - 1} in ${seconds()} s: ${seeds - sum.failures} hold, ${sum.failures} fail`)
  const virtual = (sum.millis / 3_600_000).toFixed(1)
  console.log(
    `     ${sum.streams} flows, ${(sum.bytes / 1e6).toFixed(1)} MB and ${sum.datagrams} datagrams (${sum.followers} behind another of their train) in ${virtual} virtual hours`,
  )
  return sum.failures === 0 ? 0 : 1
}

/** Each worker gets the next seed when it is done with the last, so that none waits for a slow one. */
async function inWorkers({ from, seeds, workers }: SimOptions, done: (outcome: Outcome) => void): Promise<void> {
  let next = from
  const feed = (worker: Worker): void => worker.postMessage(next < from + seeds ? next++ : null)
  const serve = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url))
      worker.on('message', (outcome: Outcome) => {
        done(outcome)
        feed(worker)
      })
      worker.on('error', reject)
      worker.on('exit', () => resolve())
      feed(worker)
    })
  await Promise.all(Array.from({ length: Math.min(workers, seeds) }, serve))
}

function replay(seed: number): number {
  const simulator = new Simulator()
  const [first, second] = [simulator.run(seed), simulator.run(seed)]
  simulator.release()
  console.log(first.tail)
  console.log(`sim: seed ${seed}: ${first.failure ?? 'holds'}`)
  console.log(`     ${first.streams} flows, ${first.bytes} bytes, ${first.datagrams} datagrams, ${first.millis.toFixed(0)} virtual ms`)
  console.log(`     fingerprint ${first.fingerprint}, and ${second.fingerprint} the second time`)
  return first.failure === null && first.fingerprint === second.fingerprint ? 0 : 1
}

function printFailure({ seed, tail }: Outcome, failure: string): void {
  console.log(`${tail}\nsim: seed ${seed} fails: ${failure}\n     again: npm run sim -- --seed ${seed}\n`)
}
