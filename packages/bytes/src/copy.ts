// Copies of ids and tokens, of which a handshake makes dozens.

/** Bytes up to which a loop is faster than a view and a copy of it. */
const SHORT = 24

/** A copy of `length` bytes from `start` on: a plain Uint8Array, also of a Buffer. The caller has checked that they are there. */
export function copyOf(bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (length > SHORT) return new Uint8Array(bytes.subarray(start, start + length))
  const copy = new Uint8Array(length)
  for (let i = 0; i < length; i++) copy[i] = bytes[start + i]!
  return copy
}
