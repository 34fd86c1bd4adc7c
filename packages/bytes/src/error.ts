/** A read past the end of what arrived, or a write past the room there is. */
export class BytesError extends Error {
  override readonly name = 'BytesError'
  /** What was wrong: the bytes end, the target is full, or a number is outside what its place holds. */
  readonly code: 'TRUNCATED' | 'NO_ROOM' | 'OUT_OF_RANGE'

  constructor(code: BytesError['code'], message: string) {
    super(message)
    this.code = code
  }
}
