// Holds the shape of the repository: which package may import which, what pure code may not touch, how long a file may get.
// Prints `file:line: what is wrong; what to do` for each break and exits 1. The rules are one file each in `layers/`.
import { join } from 'node:path'
import { askedGlobals } from './layers/asked-globals.ts'
import { cycles } from './layers/cycles.ts'
import { declaredDependencies } from './layers/declared-dependencies.ts'
import { direction } from './layers/direction.ts'
import { documented } from './layers/documented.ts'
import { documents } from './layers/documents.ts'
import { importSites } from './layers/import-sites.ts'
import { length } from './layers/length.ts'
import { oldFunctions } from './layers/old-functions.ts'
import { privateGetters } from './layers/private-getters.ts'
import { purity } from './layers/purity.ts'
import { type Problem, type Rule, readTree } from './layers/tree.ts'

const RULES: readonly Rule[] = [
  direction,
  importSites,
  purity,
  declaredDependencies,
  documented,
  documents,
  length,
  cycles,
  oldFunctions,
  askedGlobals,
  privateGetters,
]

/** Every break of every rule in the tree under `root`, in the order of path and line. */
export function check(root: string): Problem[] {
  const tree = readTree(root)
  return RULES.flatMap((rule) => rule(tree)).sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1))
}

if (process.argv[1] === import.meta.filename) {
  const problems = check(join(import.meta.dirname, '..'))
  for (const { path, line, what, instead } of problems) console.error(`${path}:${line}: ${what}; ${instead}`)
  if (problems.length > 0) process.exitCode = 1
  else console.log(`layers: ${RULES.length} rules hold`)
}
