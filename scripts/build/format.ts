// What is published reads as the sources do: what the compiler has spread out is put together again, with a tab a level, since nothing compresses an installed file.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Throws when the formatter does. */
export function format(root: string, out: string): void {
  // The repository's own configuration passes over what is ignored, as this is.
  const configuration = mkdtempSync(join(tmpdir(), 'format-'))
  try {
    const { formatter, javascript } = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8')) as Readonly<Record<string, object>>
    writeFileSync(join(configuration, 'biome.json'), JSON.stringify({ formatter: { ...formatter, indentStyle: 'tab' }, javascript }))
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
    const args = [biome, 'format', '--write', '--log-level=error', `--config-path=${configuration}`, join(out, 'publish')]
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`what was built cannot be formatted: ${stderr}`)
  } finally {
    rmSync(configuration, { recursive: true })
  }
}
