// One package's sources to `dist`, by TypeScript.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Package } from './packages.ts'

/**
 * Types of other packages come from their `dist`, as they will for a user, hence no `source` condition here; imports of `./name.ts` become
 * imports of `./name.js`.
 */
const OPTIONS = {
  customConditions: [],
  noEmit: false,
  allowImportingTsExtensions: false,
  rewriteRelativeImportExtensions: true,
  noEmitOnError: true,
  types: ['node'],
} as const

/**
 * What is said about a name is of use where the name is used, so comments stay in the types. In the JavaScript they were a quarter of it. What is
 * `@internal` in a public file is left out of its types, and with it the types of the parts within that it speaks of.
 */
const PASSES = [
  { emitDeclarationOnly: true, stripInternal: true },
  { declaration: false, isolatedDeclarations: false, removeComments: true, noCheck: true },
] as const

/** Throws when the package does not compile; the compiler has said why. */
export function compile(root: string, { name, folder }: Package): void {
  const dist = join(folder, 'dist')
  rmSync(dist, { recursive: true, force: true })
  const workspace = mkdtempSync(join(tmpdir(), 'build-'))
  try {
    const config = join(workspace, 'tsconfig.json')
    const source = join(folder, 'src')
    const exclude = [join(source, '**/*.test.ts'), join(source, '**/testing/**')]
    for (const pass of PASSES) {
      const compilerOptions = { ...OPTIONS, ...pass, rootDir: source, outDir: dist, typeRoots: [join(root, 'node_modules/@types')] }
      writeFileSync(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: [source], exclude }))
      const { status } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'inherit' })
      if (status !== 0) throw new Error(`${name} does not compile`)
    }
  } finally {
    rmSync(workspace, { recursive: true })
  }
}
