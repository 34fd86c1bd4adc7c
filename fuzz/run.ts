// Fuzzing: `npm run fuzz -- --help`. See docs/testing.md.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { readCorpus, writeCrash } from './corpus.ts'
import { fuzz, judge } from './fuzz.ts'
import { type FuzzOptions, readOptions } from './options.ts'
import type { Target } from './target.ts'
import { TARGETS } from './targets/index.ts'

const CRASHES = 'fuzz/crashes'
/** The core takes the most, and has the most to it: its share of the time when all targets run. */
const CORE_SHARE = 0.4

const USAGE = `npm run fuzz -- [--seconds N] [--target NAME] [--seed N] [--input FILE]

Gives changed inputs to every decoder, and to the whole core with its protection stubbed. A crash is made small and written to ${CRASHES}/.

  --seconds N    for all targets together, 60 by default
  --target NAME  this one alone: ${TARGETS.map(({ name }) => name).join(', ')}
  --seed N       the same changes in the same order; by default another each time
  --input FILE   runs the target on this file once

Exits with 1 when a target failed.`

process.exitCode = main(process.argv.slice(2))

function main(args: readonly string[]): number {
  const names = TARGETS.map(({ name }) => name)
  const options = readOptions(args, names, 1 + (Date.now() % 0xffff_fffe))
  if (typeof options === 'string') {
    console.error(`fuzz: ${options}; --help tells more`)
    return 2
  }
  if (options.help) {
    console.log(USAGE)
    return 0
  }
  const targets = TARGETS.filter(({ name }) => options.target === null || name === options.target)
  return options.input === null ? search(targets, options) : runOnce(targets[0]!, options.input)
}

function search(targets: readonly Target[], { seconds, seed }: FuzzOptions): number {
  exposeCollector()
  console.log(`fuzz: seed ${seed}, ${seconds} s`)
  let failed = 0
  for (const target of targets) {
    const share = targets.length === 1 ? 1 : target.name === 'core' ? CORE_SHARE : (1 - CORE_SHARE) / (targets.length - 1)
    const ends = performance.now() + seconds * 1000 * share
    const { runs, outcomes, crash } = fuzz(target, readCorpus(target.name), seed, () => performance.now() >= ends)
    console.log(
      `  ${target.name.padEnd(22)} ${`${runs}`.padStart(9)} inputs  ${`${outcomes}`.padStart(6)} outcomes  ${crash === null ? '' : 'FAILS'}`,
    )
    if (crash === null) continue
    failed++
    const path = writeCrash(crash, CRASHES)
    console.log(`${crash.what}\n  again: npm run fuzz -- --target ${target.name} --input ${relative('.', path)}`)
  }
  return failed === 0 ? 0 : 1
}

function runOnce(target: Target, path: string): number {
  const what = judge(target, new Uint8Array(readFileSync(path)), (outcome) => console.log(`fuzz: ${outcome}`))
  if (what !== null) console.log(what)
  return what === null ? 0 : 1
}

/** Memory is judged after a collection, which this brings about without a flag on the command line. */
function exposeCollector(): void {
  setFlagsFromString('--expose-gc')
  globalThis.gc = runInNewContext('gc') as NodeJS.GCFunction
}
