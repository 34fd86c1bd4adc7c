// Types that nobody can reach from a package's entries are of no use to those who install it: a third of them are of parts within.
import { globSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Package } from './packages.ts'

/** `from './name.ts'` and `import('./name.ts')`, as they stand in declarations; the sources' suffix stays there. */
const RELATIVE = /(?:from |import\()'(\.[^']+)\.[jt]s'/g

export function dropUnreachableTypes(folder: string, { manifest }: Package): void {
  const entries = Object.values(manifest.exports as Readonly<Record<string, { readonly types?: string } | string>>)
  const reached = new Set<string>()
  const reach = (path: string): void => {
    if (reached.has(path)) return
    reached.add(path)
    for (const [, name] of readFileSync(path, 'utf8').matchAll(RELATIVE)) reach(join(dirname(path), `${name}.d.ts`))
  }
  for (const entry of entries) if (typeof entry === 'object' && entry.types !== undefined) reach(join(folder, entry.types))
  for (const path of globSync('dist/**/*.d.ts', { cwd: folder })) if (!reached.has(join(folder, path))) rmSync(join(folder, path))
}
