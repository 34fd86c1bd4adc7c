// Files whose content follows from their name, and whether they arrived as they were.
import { createCipheriv, createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Writes `size` bytes that repeat nowhere and are the same in each run: a key stream whose key is the file's name. */
export function writeContent(path: string, size: number): void {
  const key = createHash('sha256').update(basename(path)).digest().subarray(0, 16)
  writeFileSync(path, createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size)))
}

/** The first difference between what was served and what was received, in a sentence; null when there is none. */
export function difference(files: readonly { name: string }[], served: string, received: string): string | null {
  for (const { name } of files) {
    if (!existsSync(join(received, name))) return `${name} was not received`
    const [sent, got] = [readFileSync(join(served, name)), readFileSync(join(received, name))]
    if (sent.equals(got)) continue
    const at = sent.findIndex((byte, index) => byte !== got[index])
    return at === -1
      ? `${name} has ${got.length} bytes, ${sent.length} were sent`
      : `${name} differs from byte ${at} on (${got.length} of ${sent.length} bytes)`
  }
  const surplus = readdirSync(received).find((name) => !files.some((file) => file.name === name))
  return surplus === undefined ? null : `${surplus} was received and not asked for`
}
