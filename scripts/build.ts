// Makes what is published: `npm run build [-- --verify]`.
//
// JavaScript and types go to `packages/<name>/dist`; beside them, `out/publish/<name>` becomes the folder to hand to `npm publish`,
// whose manifest lacks the `source` condition that serves only this repository. `--verify` packs those folders and uses them as a stranger would.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { compile } from './build/compile.ts'
import { format } from './build/format.ts'
import { readPackages } from './build/packages.ts'
import { stage } from './build/stage.ts'
import { verify } from './build/verify.ts'

const ROOT = join(import.meta.dirname, '..')
const OUT = join(ROOT, 'out')

const unknown = process.argv.slice(2).filter((arg) => arg !== '--verify')
if (unknown.length > 0) {
  console.error(`build: '${unknown[0]}' is not an option; there is --verify`)
  process.exit(2)
}

try {
  build()
} catch (error) {
  console.error(`build: ${(error as Error).message}`)
  process.exitCode = 1
}

function build(): void {
  rmSync(OUT, { recursive: true, force: true })
  const packages = readPackages(ROOT)
  for (const one of packages) compile(ROOT, one)
  for (const one of packages) stage(ROOT, OUT, one)
  format(ROOT, OUT)
  console.log(`built ${packages.map(({ name, version }) => `${name} ${version}`).join(', ')}`)
  if (process.argv.includes('--verify')) console.log(verify(ROOT, OUT, packages))
}
