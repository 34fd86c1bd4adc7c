// Protocol names as ALPN has them on the wire: each with a length of one byte before it. RFC 7301 section 3.1.
import { Buffer } from 'node:buffer'
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
  for (let ours = nameAt(preferred, 0); ours > 0; ours = nameAt(preferred, endOf(preferred, ours))) {
    const end = endOf(preferred, ours)
    for (let theirs = nameAt(offered, 0); theirs > 0; theirs = nameAt(offered, endOf(offered, theirs))) {
      if (preferred.compare(offered, theirs, endOf(offered, theirs), ours, end) === 0) return theirs
    }
  }
  return -1
}

/** Where the name begins whose length is at `at`; 0 where there is none, or no more than a part of it. */
function nameAt(encoded: Buffer, at: number): number {
  const length = at < encoded.length ? encoded[at]! : 0
  return length > 0 && at + 1 + length <= encoded.length ? at + 1 : 0
}

function endOf(encoded: Buffer, start: number): number {
  return start + encoded[start - 1]!
}
