// What both clients write: the same chunk again and again, until the time is up.

/** As large as what a file or a socket is usually read in, bytes. */
export const CHUNK: Buffer = Buffer.alloc(64 * 1024, 'millrace')

/** Calls `write` until `millis` have passed; `write` answers false when `drained` must be awaited first. */
export async function sendFor(millis: number, write: () => boolean, drained: () => Promise<unknown>): Promise<void> {
  const end = performance.now() + millis
  while (performance.now() < end) if (!write()) await drained()
}
