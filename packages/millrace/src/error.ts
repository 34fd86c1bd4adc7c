// The one error class of this package and the table of its codes. Three families, never mixed: the peer's fault, the caller's fault, and
// things that have ended. `wire` is the application error code in QUIC's CONNECTION_CLOSE and in REFUSED (docs/protocol.md, section 7).

/** Who has to change something: the peer, whoever called us, or nobody because it is over. */
export type ErrorFamily = 'peer' | 'caller' | 'ended'

const INTERNAL_WIRE = 0x0a

export interface ErrorRow {
  /** Who has to change something. */
  readonly family: ErrorFamily
  readonly wire: number | null
  readonly meaning: string
}

/** Stable code of a {@link MillraceError}. */
export type ErrorCode =
  | 'ERR_MILLRACE_MALFORMED'
  | 'ERR_MILLRACE_UNEXPECTED'
  | 'ERR_MILLRACE_TOO_LARGE'
  | 'ERR_MILLRACE_HELLO_TIMEOUT'
  | 'ERR_MILLRACE_VERSION'
  | 'ERR_MILLRACE_ROLE'
  | 'ERR_MILLRACE_NAME'
  | 'ERR_MILLRACE_BUSY'
  | 'ERR_MILLRACE_REPLACED'
  | 'ERR_MILLRACE_INTERNAL'
  | 'ERR_MILLRACE_UNREACHABLE'
  | 'ERR_MILLRACE_CLOSED'
  | 'ERR_MILLRACE_OPTION'
  | 'ERR_MILLRACE_PLUGIN'
  | 'ERR_MILLRACE_WORKFLOW'
  | 'ERR_MILLRACE_LISTEN'

export const errorTable: Readonly<Record<ErrorCode, ErrorRow>> = {
  ERR_MILLRACE_MALFORMED: { family: 'peer', wire: 0x01, meaning: 'a frame that cannot be decoded' },
  ERR_MILLRACE_UNEXPECTED: { family: 'peer', wire: 0x02, meaning: 'a frame that has no place where it stands' },
  ERR_MILLRACE_TOO_LARGE: { family: 'peer', wire: 0x03, meaning: 'a frame over the size limit' },
  ERR_MILLRACE_HELLO_TIMEOUT: { family: 'peer', wire: 0x04, meaning: 'no hello in time' },
  ERR_MILLRACE_VERSION: { family: 'peer', wire: 0x05, meaning: 'a protocol version that is not spoken here' },
  ERR_MILLRACE_ROLE: { family: 'peer', wire: 0x06, meaning: 'a role that is not served here' },
  ERR_MILLRACE_NAME: { family: 'peer', wire: 0x07, meaning: 'a name that the workflow does not know' },
  ERR_MILLRACE_BUSY: { family: 'peer', wire: 0x08, meaning: 'too many peers' },
  ERR_MILLRACE_REPLACED: { family: 'peer', wire: 0x09, meaning: 'another peer of the same name took the place' },
  ERR_MILLRACE_INTERNAL: { family: 'peer', wire: INTERNAL_WIRE, meaning: 'a fault of the side that closes' },
  ERR_MILLRACE_UNREACHABLE: { family: 'ended', wire: null, meaning: 'the peer cannot be reached' },
  ERR_MILLRACE_CLOSED: { family: 'ended', wire: null, meaning: 'used after it was closed' },
  ERR_MILLRACE_OPTION: { family: 'caller', wire: null, meaning: 'an option that is wrong' },
  ERR_MILLRACE_PLUGIN: { family: 'caller', wire: null, meaning: 'a plugin definition that is wrong' },
  ERR_MILLRACE_WORKFLOW: { family: 'caller', wire: null, meaning: 'a workflow that is wrong' },
  ERR_MILLRACE_LISTEN: { family: 'caller', wire: null, meaning: 'an address that cannot be listened on' },
}

/** Every error that Millrace itself raises. `code` is stable; the message is one line that says what to do where something can be done. */
export class MillraceError extends Error {
  override readonly name = 'MillraceError'
  /** Stable; the table of errors says what each means. */
  readonly code: ErrorCode
  readonly family: ErrorFamily

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.family = errorTable[code].family
  }

  /** The application error code that tells a peer; INTERNAL for what concerns no peer. */
  get wire(): number {
    return errorTable[this.code].wire ?? INTERNAL_WIRE
  }
}

/** The code that a peer's number stands for, or null for a number that no row has. */
export function errorCodeOf(wire: number): ErrorCode | null {
  for (const [code, row] of Object.entries(errorTable)) if (row.wire === wire) return code as ErrorCode
  return null
}
