// Lets Millrace talk to QUIC programs that we did not write, in both roles, and judges by the bytes that arrive and the trace.
// `npm run interop -- --help` tells the rest. Exits 0 when every row is as expected.ts says, 1 when one is not, 2 for a mistake in the
// arguments.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Case, cases } from './cases.ts'
import { dissectorMissing } from './dissect.ts'
import { writeDocument } from './document.ts'
import { surprise } from './expected.ts'
import { implementations } from './implementations/index.ts'
import { type Options, parseOptions, UsageError, usage } from './options.ts'
import { matrix, printRow, summary } from './report.ts'
import { runRow, type Timed } from './row.ts'

/** Suites that have a runner of their own, since they need no trace: what arrived says itself whether it is right. */
const OWN_RUNNERS: Readonly<Record<string, string>> = {
  webtransport: 'webtransport/run.ts',
  qpack: '../packages/http3/test/qpack/interop.ts',
}

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const own = args[0] === '--suite' ? OWN_RUNNERS[args[1] ?? ''] : undefined
  if (own !== undefined)
    return spawnSync(process.execPath, ['-C', 'source', join(import.meta.dirname, own), ...args.slice(2)], { stdio: 'inherit' }).status ?? 1
  try {
    const options = parseOptions(args)
    if (options !== null) return await runAll(options)
    console.log(usage())
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`interop: ${error.message}`)
    return 2
  }
}

async function runAll(options: Options): Promise<number> {
  const absent = options.peers.flatMap((peer) => implementations[peer]?.missing() ?? [])
  if (options.capture) absent.push(...[await dissectorMissing()].filter((sentence) => sentence !== null))
  for (const sentence of absent) console.error(`interop: ${sentence}`)
  if (absent.length > 0) return 1

  const rows = (await runJobs(options)).map(({ row }) => row)
  const surprises = rows.filter((row) => surprise(row) !== null)
  if (options.json) console.log(JSON.stringify({ rows }, null, 2))
  else console.log(`\n${matrix(rows)}\n\n${summary(rows, surprises.length)}`)
  if (options.write) writeDocument(rows)
  return surprises.length === 0 ? 0 : 1
}

/** Runs some rows at once: most of their time is spent waiting for the network. The longest come first, so that none is left for the end. */
async function runJobs(options: Options): Promise<Timed[]> {
  const jobs = options.peers.flatMap((peer) => options.cases.flatMap((name) => options.roles.map((role) => ({ peer, name, role }))))
  const results = new Map<object, Timed>()
  const waiting = jobs.toSorted((a, b) => longestFirst(cases[a.name]!, cases[b.name]!))
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const result = await runRow(job.peer, job.role, job.name, options.capture)
      results.set(job, result)
      if (!options.json) printRow(result, surprise(result.row))
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, work))
  if (options.again) {
    const surprising = jobs.filter((job) => surprise(results.get(job)!.row) !== null)
    if (surprising.length > 0 && !options.json) console.log(`\nonce more, each alone: ${surprising.length} not as expected`)
    waiting.push(...surprising)
    await work()
  }
  return jobs.map((job) => results.get(job) as Timed)
}

/** What tells long rows from short ones: how long they may take, then how much they carry. */
function longestFirst(a: Case, b: Case): number {
  return b.timeoutMillis - a.timeoutMillis || bytes(b) - bytes(a)
}

function bytes({ files }: Case): number {
  return files.reduce((sum, { size }) => sum + size, 0)
}
