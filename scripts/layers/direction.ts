// Dependencies point one way, and stay inside a package's front door. The table is the picture in ARCHITECTURE.md.
import { posix } from 'node:path'
import { packageOf } from './imports.ts'
import type { Problem, SourceFile, Tree } from './tree.ts'

/** What a package of ours may import of ours. Who is not in the table may import nothing. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  bytes: [],
  netsim: [],
  y3: ['@millrace/bytes'],
  native: ['@millrace/bytes'],
  quic: ['@millrace/native', '@millrace/bytes'],
  http3: ['@millrace/quic', '@millrace/native', '@millrace/bytes'],
  millrace: ['@millrace/http3', '@millrace/quic', '@millrace/native', '@millrace/y3', '@millrace/bytes'],
}

export function direction(tree: Tree): Problem[] {
  const ours = new Set(tree.manifests.map(({ name }) => name))
  return tree.files.flatMap((file) => file.imports.flatMap(({ specifier, line }) => breaks(file, specifier, line, ours)))
}

function breaks(file: SourceFile, specifier: string, line: number, ours: ReadonlySet<string>): Problem[] {
  const at = { path: file.path, line }
  if (specifier.startsWith('.')) return relativeBreaks(file, specifier, line)

  const name = packageOf(specifier)
  if (file.workspace === null || file.isTest || name === null || !ours.has(name)) return []
  const allowed = ALLOWED[file.workspace] ?? []
  if (allowed.includes(name)) return []
  const choice = allowed.length === 0 ? 'no package of ours' : `only ${allowed.join(', ')}`
  return [{ ...at, what: `${file.workspace} imports ${name}`, instead: `it may import ${choice} (scripts/layers/direction.ts)` }]
}

function relativeBreaks(file: SourceFile, specifier: string, line: number): Problem[] {
  const at = { path: file.path, line }
  const target = posix.join(posix.dirname(file.path), specifier)
  const workspace = /^packages\/([^/]+)\//.exec(target)?.[1] ?? null
  const targetIsTest = /\.test\.ts$|\/test(ing)?\//.test(target)
  // Tests may share their helpers across packages: those are not published, so no `exports` can lead to them. Test tools outside of the packages
  // look inside each of them.
  if (file.workspace !== workspace && !(file.isTest && (targetIsTest || workspace === null || file.workspace === null))) {
    return [
      { ...at, what: `${specifier} reaches out of its package`, instead: "import the other package by its name, through its 'exports'" },
    ]
  }
  if (file.workspace !== null && !file.isTest && targetIsTest) {
    return [{ ...at, what: `${specifier} is test code`, instead: 'keep what is published free of it' }]
  }
  return []
}
