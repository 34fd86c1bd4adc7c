// Filler into Node's streams, as fast as they take it.
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { filler } from './wire.ts'

/** Writes `bytes`, and ends it. */
export async function pour(writable: Writable, bytes: number): Promise<void> {
  for (const chunk of filler(bytes)) if (!writable.write(chunk)) await once(writable, 'drain')
  writable.end()
}
