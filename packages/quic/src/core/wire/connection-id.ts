// Sizes of connection ids and of the tokens that go with them. RFC 9000 sections 5.1, 10.3 and 17.2.

/** Bytes of the longest connection id of QUIC version 1. Other versions may use up to 255. */
export const MAX_CONNECTION_ID_LENGTH = 20

/** Bytes of a stateless reset token. */
export const RESET_TOKEN_LENGTH = 16

export function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** An id or a token as text, a byte a character: what waits to be used is kept so, in a tenth of the memory of an array. */
export function textOf(bytes: Uint8Array): string {
  // Not by a Buffer, for which V8 moves a small array out of its heap: 1 us.
  return String.fromCharCode.apply(null, bytes as unknown as number[])
}

/** Whether `textOf` made this text of these bytes. */
export function sameText(text: string, bytes: Uint8Array): boolean {
  if (text.length !== bytes.length) return false
  for (let i = 0; i < bytes.length; i++) if (text.charCodeAt(i) !== bytes[i]) return false
  return true
}

/** What `textOf` made text of. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
