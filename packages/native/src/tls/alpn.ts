// Protocol names as ALPN has them on the wire: each with a length of one byte before it. RFC 7301 section 3.1.
import { NativeError } from '../error.ts'

/** Throws `ERR_NATIVE_OPTION` unless there is at least one name, each of 1 to 255 bytes. */
export function encodeAlpn(names: readonly string[]): Buffer {
  if (names.length === 0) throw new NativeError('ERR_NATIVE_OPTION', 'alpn: at least one protocol is needed; QUIC has no default.')
  return Buffer.concat(
    names.flatMap((name) => {
      const bytes = Buffer.from(name)
      if (bytes.length < 1 || bytes.length > 255) {
        throw new NativeError('ERR_NATIVE_OPTION', `alpn: a protocol name has 1 to 255 bytes, and '${name}' has ${bytes.length}.`)
      }
      return [Buffer.of(bytes.length), bytes]
    }),
  )
}

/**
 * Where in `offered` the name lies that comes first in `preferred`; -1 if they share none. Both are encoded; malformed tails are left
 * aside.
 */
export function chooseAlpn(preferred: Buffer, offered: Buffer): number {
  for (const ours of names(preferred)) {
    for (const theirs of names(offered)) {
      if (preferred.compare(offered, theirs.start, theirs.end, ours.start, ours.end) === 0) return theirs.start
    }
  }
  return -1
}

function* names(encoded: Buffer): Generator<{ start: number; end: number }> {
  for (let at = 0; at < encoded.length; ) {
    const start = at + 1
    const end = start + encoded[at]!
    if (end === start || end > encoded.length) return
    yield { start, end }
    at = end
  }
}
