// Runs the tests with node:test: `npm test [-- [--unit] [part of a path...] [options of node --test...]]`.
//
// Without arguments every `*.test.ts` of the repository runs; `--unit` keeps to those beside the sources of the packages. Words
// select files whose path contains one of them; whatever begins with a dash goes to Node as it is. Exits with the runner's code, or with 2 when nothing matched.
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const EVERY_TEST = [
  'packages/*/src/**/*.test.ts',
  'packages/*/test/**/*.test.ts',
  '{scripts,sim,fuzz,interop,bench,conformance,docs,examples,test}/**/*.test.ts',
]
const UNIT_TESTS = EVERY_TEST.slice(0, 1)

/** Files at a time. Scenarios start processes of their own, and the smallest machines that run this have two cores. */
const CONCURRENCY = 2

/** A test that takes longer hangs, milliseconds. Node 22 means whole files by it, the longest of which takes a third of it where four others share two cores. */
const TEST_TIMEOUT_MILLIS = 600_000

const { unit, words, options } = parse(process.argv.slice(2))
const files = globSync(unit ? UNIT_TESTS : EVERY_TEST, { cwd: ROOT, exclude: (path) => path.includes('node_modules') })
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort()

if (files.length === 0) {
  console.error(words.length === 0 ? 'no test file found' : `no test file has ${words.map((word) => `'${word}'`).join(' or ')} in its path`)
  process.exit(2)
}

const runner = spawnSync(
  process.execPath,
  [
    '--conditions=source',
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${CONCURRENCY}`,
    `--test-timeout=${TEST_TIMEOUT_MILLIS}`,
    ...options,
    ...files,
  ],
  { cwd: ROOT, stdio: 'inherit' },
)
process.exitCode = runner.status ?? 1

function parse(args: readonly string[]): { unit: boolean; words: string[]; options: string[] } {
  const rest = args.filter((arg) => arg !== '--unit')
  return {
    unit: rest.length < args.length,
    words: rest.filter((arg) => !arg.startsWith('-')).map((word) => word.replace(/^\.\//, '')),
    options: rest.filter((arg) => arg.startsWith('-')),
  }
}
