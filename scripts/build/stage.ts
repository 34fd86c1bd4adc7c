// The folder that is published: what `files` of the manifest names, the licence, and a manifest for users.
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Package } from './packages.ts'
import { dropUnreachableTypes } from './types.ts'

export function stage(root: string, out: string, one: Package): void {
  const folder = stagedFolder(out, one)
  mkdirSync(folder, { recursive: true })
  for (const name of one.manifest.files as string[]) cpSync(join(one.folder, name), join(folder, name), { recursive: true })
  for (const path of [join(one.folder, 'README.md'), join(root, 'LICENSE')]) {
    if (existsSync(path)) cpSync(path, join(folder, path.slice(path.lastIndexOf('/') + 1)))
  }
  dropUnreachableTypes(folder, one)
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(publishedManifest(one.manifest), null, 2)}\n`)
}

export function stagedFolder(out: string, { name }: Package): string {
  return join(out, 'publish', name.replace('/', '-').replace('@', ''))
}

/** The manifest without the `source` conditions: the sources are not published, and bundlers know that condition too. */
export function publishedManifest(manifest: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const exports = Object.entries(manifest.exports as Record<string, unknown>).map(([path, target]) => {
    if (typeof target !== 'object' || target === null) return [path, target]
    return [path, Object.fromEntries(Object.entries(target).filter(([condition]) => condition !== 'source'))]
  })
  return { ...manifest, exports: Object.fromEntries(exports) }
}
