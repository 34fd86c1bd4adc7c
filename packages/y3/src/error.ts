// The one error that this package throws, and the table of its codes.

/** What can be wrong, one row a code. */
export const Y3_ERRORS = {
  TRUNCATED: 'the bytes end before the packet, or a child before its parent allows',
  NEGATIVE_LENGTH: 'a length is below zero: lengths are signed, and 0x40 in the first byte is the sign',
  VARINT_TOO_LONG: 'a variable-length integer goes on past the bytes that its width can take',
  EMPTY_VALUE: 'a number is read from a packet of length 0',
  VALUE_TOO_LONG: 'a value has more bytes than its type can take',
  WRONG_KIND: 'a node stands where a primitive is expected, or the other way round',
  TOO_DEEP: 'nodes are nested deeper than the limit',
  TOO_MANY: 'there are more packets than the limit',
  TOO_LARGE: 'a packet is longer than the limit',
  BAD_KEY: 'a key is outside the range that its place allows',
  BAD_VALUE: 'a value does not fit the type that it is to be encoded as',
  BAD_MOLD: 'a mold is not one of the shapes that describe a value',
  BROKEN: 'a stream is fed after an earlier fault, when its packets cannot be told apart any more',
} as const

/** The name of a fault: see `Y3_ERRORS`. */
export type Y3ErrorCode = keyof typeof Y3_ERRORS

/** A fault in what was decoded (the peer's) or in what was to be encoded (the caller's). */
export class Y3Error extends Error {
  override readonly name = 'Y3Error'
  /** Which fault: a row of `Y3_ERRORS`. */
  readonly code: Y3ErrorCode
  /** How many bytes had been read when the fault was seen; null when the fault is in what was to be encoded. */
  readonly offset: number | null

  constructor(code: Y3ErrorCode, message: string, offset: number | null = null) {
    super(offset === null ? message : `${message} (byte ${offset})`)
    this.code = code
    this.offset = offset
  }
}
