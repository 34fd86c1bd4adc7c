// Files in a content coding: those that were compressed beside the original (`page.html.br`), and those compressed when somebody asks, which are kept as
// long as there is room.
import { readFile, stat } from 'node:fs/promises'
import type { Encoding } from './encodings.ts'
import { COMPRESSIONS_AT_ONCE, KEPT_BYTES, LARGEST_COMPRESSED, SMALLEST_COMPRESSED } from './limits.ts'

/** What is sent in the place of a file. */
export interface CompressedFile {
  readonly content: Uint8Array
  /** Weak: it stands for the original in this coding. RFC 9110 section 8.8.3. */
  readonly etag: string
  readonly modified: Date
}

/** Compresses files, and keeps what it has compressed. */
export class CompressedFiles {
  /** By ETag and path, the one asked for longest ago first. */
  readonly #kept = new Map<string, CompressedFile>()
  #keptBytes = 0
  #running = 0

  /** Null if the file is too small or too large for it, is none, or too many are being compressed. */
  async find(path: string, encoding: Encoding): Promise<CompressedFile | null> {
    const file = await stat(path).catch(() => null)
    if (file === null || !file.isFile() || file.size < SMALLEST_COMPRESSED || file.size > LARGEST_COMPRESSED) return null
    const etag = `W/"${file.size.toString(16)}-${file.mtimeMs.toString(16)}-${encoding.name}"`
    const key = `${etag} ${path}`
    const kept = this.#kept.get(key)
    if (kept !== undefined) return this.#keep(key, kept)
    if (this.#running >= COMPRESSIONS_AT_ONCE) return null
    this.#running++
    try {
      const content = await encoding.compress(await readFile(path))
      return this.#keep(key, { content, etag, modified: file.mtime })
    } finally {
      this.#running--
    }
  }

  /** As the one that was asked for last. */
  #keep(key: string, file: CompressedFile): CompressedFile {
    if (this.#kept.delete(key)) this.#keptBytes -= file.content.length
    this.#kept.set(key, file)
    this.#keptBytes += file.content.length
    for (const [oldest, { content }] of this.#kept) {
      if (this.#keptBytes <= KEPT_BYTES) break
      this.#kept.delete(oldest)
      this.#keptBytes -= content.length
    }
    return file
  }
}
