// Files do not import each other in a circle. `import type` does not count: it is erased, and two halves of one shape may name
// each other.
import { posix } from 'node:path'
import type { Problem, SourceFile, Tree } from './tree.ts'

export function cycles(tree: Tree): Problem[] {
  const files = new Map(tree.files.map((file) => [file.path, file]))
  const done = new Set<string>()
  return tree.files.flatMap((file) => walk(file, [], files, done))
}

/** Depth first; `trail` holds the files that led here. Each circle is met once, since what has been walked is `done`. */
function walk(file: SourceFile, trail: readonly string[], files: ReadonlyMap<string, SourceFile>, done: Set<string>): Problem[] {
  if (done.has(file.path)) return []
  const path = [...trail, file.path]
  const problems = file.imports.flatMap(({ specifier, line, typeOnly }) => {
    if (typeOnly || !specifier.startsWith('.')) return []
    const target = posix.join(posix.dirname(file.path), specifier)
    const start = path.indexOf(target)
    if (start !== -1) return [circle(file.path, line, [...path.slice(start), target])]
    const next = files.get(target)
    return next === undefined ? [] : walk(next, path, files, done)
  })
  done.add(file.path)
  return problems
}

function circle(path: string, line: number, ring: readonly string[]): Problem {
  return { path, line, what: `files import each other: ${ring.join(' -> ')}`, instead: 'move what both need into a file of its own' }
}
