// The kinds of values that transport parameters have. RFC 9000 section 18.2.
import { type Reader, varintSize, type Writer } from '@millrace/bytes'
import { MAX_CONNECTION_ID_LENGTH, RESET_TOKEN_LENGTH } from './connection-id.ts'

export interface ValueCodec<T> {
  /** Reads the value from a reader that holds nothing else; what is left over is the caller's to refuse. Throws BadValue or BytesError. */
  decode(reader: Reader): T
  /** Throws BadValue for what may not be sent. */
  check(value: T): void
  size(value: T): number
  encode(value: T, writer: Writer): void
}

/** A value that the RFC does not permit; the message goes on where the parameter's name ends. */
export class BadValue extends RangeError {
  override readonly name = 'BadValue'
}

/** Where a server would rather be reached, and the connection id (sequence number 1) to use there. RFC 9000 section 9.6. */
export interface PreferredAddress {
  /** Null where the server has no address of the family. */
  readonly ipv4: AddressAndPort | null
  readonly ipv6: AddressAndPort | null
  /** 1 to 20 bytes. */
  readonly connectionId: Uint8Array
  /** 16 bytes. */
  readonly statelessResetToken: Uint8Array
}

export interface AddressAndPort {
  /** 4 or 16 bytes in network order. */
  readonly address: Uint8Array
  readonly port: number
}

/** An integer from `minimum` to `maximum`, compared to the last bit and then saturated at 2^53 - 1. */
export function integer(minimum: bigint, maximum: bigint = (1n << 62n) - 1n): ValueCodec<number> {
  const least = Number(minimum)
  const most = Number(maximum)
  // Numbers are compared with numbers wherever that tells: with a BigInt it takes V8 as long as all else.
  const refuse = (value: number | bigint): void => {
    if (typeof value === 'number' && value >= least && value < most) return
    if (!(value >= minimum && value <= maximum)) throw new BadValue(`is ${value}, not ${minimum} to ${maximum}`)
  }
  return {
    decode(reader) {
      const at = reader.offset
      const value = reader.varint()
      if (value < Number.MAX_SAFE_INTEGER) {
        refuse(value)
        return value
      }
      reader.offset = at
      refuse(reader.varintExact())
      return Number.MAX_SAFE_INTEGER
    },
    check(value) {
      if (!Number.isInteger(value)) throw new BadValue(`is ${value}, not an integer`)
      refuse(value)
    },
    size: (value) => varintSize(value),
    encode(value, writer) {
      writer.varint(value)
    },
  }
}

/** A connection id, which may be empty. */
export const connectionId: ValueCodec<Uint8Array> = {
  decode(reader) {
    const id = reader.copy(reader.remaining)
    connectionId.check(id)
    return id
  },
  check(id) {
    if (id.length > MAX_CONNECTION_ID_LENGTH) throw new BadValue(`has ${id.length} bytes, more than ${MAX_CONNECTION_ID_LENGTH}`)
  },
  size: (id) => id.length,
  encode(id, writer) {
    writer.bytes(id)
  },
}

export const statelessResetToken: ValueCodec<Uint8Array> = {
  decode: (reader) => reader.copy(RESET_TOKEN_LENGTH),
  check(token) {
    if (token.length !== RESET_TOKEN_LENGTH) throw new BadValue(`has ${token.length} bytes, not ${RESET_TOKEN_LENGTH}`)
  },
  size: (token) => token.length,
  encode(token, writer) {
    writer.bytes(token)
  },
}

/** True by being there, without a byte of value. */
export const flag: ValueCodec<boolean> = {
  decode: () => true,
  check() {},
  size: () => 0,
  encode() {},
}

const IPV4_LENGTH = 4
const IPV6_LENGTH = 16
const PORT_LENGTH = 2

export const preferredAddress: ValueCodec<PreferredAddress> = {
  decode(reader) {
    const value = {
      ipv4: readAddress(reader, IPV4_LENGTH),
      ipv6: readAddress(reader, IPV6_LENGTH),
      connectionId: reader.copy(reader.u8()),
      statelessResetToken: reader.copy(RESET_TOKEN_LENGTH),
    }
    preferredAddress.check(value)
    return value
  },
  check(value) {
    connectionId.check(value.connectionId)
    if (value.connectionId.length === 0) throw new BadValue('has an empty connection id')
    statelessResetToken.check(value.statelessResetToken)
    checkAddress(value.ipv4, IPV4_LENGTH)
    checkAddress(value.ipv6, IPV6_LENGTH)
  },
  size: (value) => IPV4_LENGTH + IPV6_LENGTH + 2 * PORT_LENGTH + 1 + value.connectionId.length + RESET_TOKEN_LENGTH,
  encode(value, writer) {
    writeAddress(value.ipv4, IPV4_LENGTH, writer)
    writeAddress(value.ipv6, IPV6_LENGTH, writer)
    writer.u8(value.connectionId.length)
    writer.bytes(value.connectionId)
    writer.bytes(value.statelessResetToken)
  },
}

/** All zeros stand for no address of the family. */
function readAddress(reader: Reader, length: number): AddressAndPort | null {
  const address = reader.copy(length)
  const port = reader.u16()
  return port === 0 && address.every((byte) => byte === 0) ? null : { address, port }
}

function checkAddress(value: AddressAndPort | null, length: number): void {
  if (value !== null && value.address.length !== length)
    throw new BadValue(`has an address of ${value.address.length} bytes, not ${length}`)
}

function writeAddress(value: AddressAndPort | null, length: number, writer: Writer): void {
  if (value === null) writer.zeros(length + PORT_LENGTH)
  else {
    writer.bytes(value.address)
    writer.u16(value.port)
  }
}

/** What a side says of versions, so that nobody on the way can change the choice unseen. RFC 9368 section 3. */
export interface VersionInformation {
  /** The version that the sender chose for the connection. */
  readonly chosen: number
  /** A client's: those that its first flight can be read as, the preferred one first. A server's: those that all of its deployment speaks. */
  readonly available: readonly number[]
}

const VERSION_LENGTH = 4

export const versionInformation: ValueCodec<VersionInformation> = {
  decode(reader) {
    if (reader.remaining === 0 || reader.remaining % VERSION_LENGTH !== 0) throw new BadValue(`has ${reader.remaining} bytes, no versions`)
    const chosen = reader.u32()
    const available: number[] = []
    while (reader.remaining > 0) available.push(reader.u32())
    versionInformation.check({ chosen, available })
    return { chosen, available }
  },
  check({ chosen, available }) {
    if (chosen === 0 || available.includes(0)) throw new BadValue('has the version 0, which is none')
  },
  size: ({ available }) => VERSION_LENGTH * (1 + available.length),
  encode({ chosen, available }, writer) {
    writer.u32(chosen)
    for (const version of available) writer.u32(version)
  },
}
