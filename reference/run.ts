// Builds the reference of the public API with TypeDoc: `npm run docs`. The pages go to `docs/reference/`, which git ignores.
//
// TypeDoc reads TypeScript by an interface that the compiler of this repository no longer has, so it lives here with a compiler of its own, and is
// installed at the first run. Exits 1 where an exported symbol has no doc comment.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const HERE = import.meta.dirname
const TYPEDOC = join(HERE, 'node_modules', 'typedoc')

if (!isInstalled()) run('npm', ['ci', '--no-audit', '--no-fund'])
run(process.execPath, [join(TYPEDOC, 'bin', 'typedoc'), '--options', join(HERE, 'typedoc.json')])
console.log('docs/reference/index.html is the beginning')

/** Whether TypeDoc is there, in the version that the manifest names. */
function isInstalled(): boolean {
  const wanted = manifest(HERE)?.devDependencies?.typedoc
  return wanted !== undefined && manifest(TYPEDOC)?.version === wanted
}

interface Manifest {
  readonly version?: string
  readonly devDependencies?: Readonly<Record<string, string>>
}

function manifest(folder: string): Manifest | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: HERE, stdio: 'inherit', shell: process.platform === 'win32' })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(1)
}
