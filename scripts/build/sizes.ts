// What a package of ours takes on a user's disk, with those of ours that it stands on. Libraries of others are beside.
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Package } from './packages.ts'
import { stagedFolder } from './stage.ts'

/** By package: bytes, unpacked. XQUIC, in C, installs as 900 KB. */
const MOST: Readonly<Record<string, number>> = { '@millrace/quic': 900_000 }

/** Says in words what they take; throws when it is too much. */
export function checkSizes(out: string, packages: readonly Package[]): string {
  return Object.entries(MOST)
    .map(([name, most]) => {
      const parts = withOurs(packages, name)
      const bytes = parts.reduce((sum, one) => sum + sizeOf(stagedFolder(out, one)), 0)
      const kilobytes = Math.ceil(bytes / 1000)
      if (bytes > most)
        throw new Error(`${parts.map((one) => one.name).join(', ')} take ${kilobytes} KB unpacked; ${most / 1000} KB are the most`)
      return `${name} takes ${kilobytes} KB with what it stands on`
    })
    .join(', ')
}

function withOurs(packages: readonly Package[], name: string): Package[] {
  const found = packages.filter((one) => one.name === name)
  return [...new Set(found.flatMap((one) => [one, ...one.dependencies.flatMap((dependency) => withOurs(packages, dependency))]))]
}

function sizeOf(folder: string): number {
  return globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}
