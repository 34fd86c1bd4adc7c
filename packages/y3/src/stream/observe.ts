// Observation as an async iterator: what `Observer` is to callbacks.
import type { Key } from '../tag.ts'
import { Observer } from './observer.ts'
import type { StreamLimits } from './packet-reader.ts'

/**
 * The matches of `keys` in a stream of chunks, one after another. The next chunk is asked for when the matches of the last are taken, so a slow
 * consumer holds the source back. Throws what `Observer` throws.
 */
export async function* observe(
  source: AsyncIterable<Uint8Array>,
  keys: readonly Key[],
  limits: StreamLimits = {},
): AsyncGenerator<{ readonly key: number; readonly packet: Uint8Array }, void, undefined> {
  const matches: { key: number; packet: Uint8Array }[] = []
  const observer = new Observer(keys, (packet, key) => matches.push({ key, packet }), limits)
  for await (const chunk of source) {
    observer.feed(chunk)
    yield* matches.splice(0)
  }
  observer.end()
}
