// What is written to a net.Socket, which takes texts as they are and leaves them to its handle, and several chunks at once.
import { Buffer } from 'node:buffer'

/** A chunk as `_writev` has it. */
export interface Written {
  readonly chunk: Uint8Array | string
  readonly encoding: BufferEncoding
}

/** All of it as bytes. */
export function bytesOf(written: readonly Written[]): Buffer {
  const pieces = written.map(({ chunk, encoding }) => (typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk))
  return pieces.length === 1 && Buffer.isBuffer(pieces[0]) ? pieces[0] : Buffer.concat(pieces)
}
