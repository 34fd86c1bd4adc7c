// The inputs that a search begins with, a folder a target, and the crashes that it leaves.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Crash } from './fuzz.ts'

const CORPUS = join(import.meta.dirname, 'corpus')

/** In the order of their names, so that a seed means the same everywhere. */
export function readCorpus(target: string): Uint8Array[] {
  const folder = join(CORPUS, target)
  if (!existsSync(folder)) return [new Uint8Array(1)]
  return readdirSync(folder)
    .sort()
    .map((name) => new Uint8Array(readFileSync(join(folder, name))))
}

export function writeCorpus(target: string, inputs: readonly { readonly name: string; readonly bytes: Uint8Array }[]): void {
  mkdirSync(join(CORPUS, target), { recursive: true })
  for (const { name, bytes } of inputs) writeFileSync(join(CORPUS, target, name), bytes)
}

/** Returns the path of the file, named for what is in it. */
export function writeCrash({ target, input }: Crash, folder: string): string {
  mkdirSync(folder, { recursive: true })
  const name = createHash('sha256').update(input).digest('hex').slice(0, 16)
  const path = join(folder, `crash-${target}-${name}`)
  writeFileSync(path, input)
  return path
}
