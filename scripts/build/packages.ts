// The packages that are published, those first that the others stand on.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Package {
  readonly name: string
  readonly version: string
  /** Its folder. */
  readonly folder: string
  readonly dependencies: readonly string[]
  readonly manifest: Readonly<Record<string, unknown>>
}

export function readPackages(root: string): Package[] {
  const packages = globSync('packages/*/package.json', { cwd: root }).flatMap((path): Package[] => {
    const manifest = JSON.parse(readFileSync(join(root, path), 'utf8'))
    if (manifest.private === true) return []
    const { name, version, dependencies = {} } = manifest
    return [{ name, version, folder: join(root, dirname(path)), dependencies: Object.keys(dependencies), manifest }]
  })
  return inOrder(packages.sort((a, b) => (a.name < b.name ? -1 : 1)))
}

/** What can be imported of a package: its name, and those of its subpaths. */
export function entriesOf({ name, manifest }: Package): string[] {
  return Object.keys(manifest.exports as Readonly<Record<string, unknown>>)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => `${name}${path.slice(1)}`)
}

function inOrder(packages: readonly Package[]): Package[] {
  const ordered = new Set<Package>()
  const add = (one: Package): void => {
    for (const other of packages) if (one.dependencies.includes(other.name) && !ordered.has(other)) add(other)
    ordered.add(one)
  }
  for (const one of packages) add(one)
  return [...ordered]
}
