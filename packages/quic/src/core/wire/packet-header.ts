// The head of a packet as it stands on the wire, still protected. RFC 8999, RFC 9000 section 17.
import { copyOf } from '@millrace/bytes'
import { MAX_CONNECTION_ID_LENGTH } from './connection-id.ts'
import { FIXED_BIT, LONG_FORM, LONG_TYPE_SHIFT, type LongType, type PacketType, RETRY_TAG_LENGTH } from './packet-type.ts'
import { longTypes } from './version.ts'

export { type LongHeader, longHeaderSize, patchLength, writeLongHeader, writeShortHeader } from './packet-header-writer.ts'
export { decodePacketNumber, packetNumberLength } from './packet-number.ts'
export { type PacketType, RETRY_TAG_LENGTH } from './packet-type.ts'

/** Bytes from the packet number on that header protection must find: 4 before its sample and 16 in it. RFC 9001 section 5.4.2. */
const PROTECTED_MINIMUM = 20

/**
 * Filled by `parseHeader`, made once and used for every packet. Offsets are indices in the bytes that were parsed; `dcid`, `scid` and `token` copy
 * what lies there now, so ask for them before the memory is used again. A 1-RTT packet is parsed without any allocation.
 */
export class PacketHeader {
  type: PacketType = '1rtt'
  /** 0 for a short header, which does not carry it, and in Version Negotiation. */
  version = 0
  dcidOffset = 0
  dcidLength = 0
  scidOffset = 0
  scidLength = 0
  /** The token of an Initial or Retry packet. A Retry's integrity tag follows it. */
  tokenOffset = 0
  tokenLength = 0
  /** Where the packet number begins; in Version Negotiation and Retry, and for unknown versions, what follows the connection ids. */
  packetNumberOffset = 0
  /** False where the bit that packets of versions 1 and 2 have is not set: who did not permit that drops the datagram. RFC 9287. */
  fixedBit = true
  /** One past the packet's last byte; a coalesced packet may follow there. RFC 9000 section 12.2. */
  end = 0
  #bytes: Uint8Array = new Uint8Array(0)

  get dcid(): Uint8Array {
    return this.#copy(this.dcidOffset, this.dcidLength)
  }

  get scid(): Uint8Array {
    return this.#copy(this.scidOffset, this.scidLength)
  }

  get token(): Uint8Array {
    return this.#copy(this.tokenOffset, this.tokenLength)
  }

  /** Whether the packet is long enough for header protection to be removed. One that is not must be dropped; others in the datagram stay good. */
  get hasSample(): boolean {
    return this.packetNumberOffset + PROTECTED_MINIMUM <= this.end
  }

  /** The bytes that the offsets are about. */
  get source(): Uint8Array {
    return this.#bytes
  }

  /** Forgets the last packet. */
  reset(bytes: Uint8Array, type: PacketType, end: number): void {
    this.#bytes = bytes
    this.type = type
    this.end = end
    this.version = 0
    this.fixedBit = true
    this.dcidOffset = this.dcidLength = 0
    this.scidOffset = this.scidLength = 0
    this.tokenOffset = this.tokenLength = 0
    this.packetNumberOffset = 0
  }

  #copy(start: number, length: number): Uint8Array {
    return copyOf(this.#bytes, start, length)
  }
}

/**
 * Reads the head of the packet that begins at `start` and lies before `end`, the end of its datagram. Null for what is no packet of QUIC: to be
 * dropped in silence, with the rest of the datagram. Never throws. A short header does not say how long its connection id is: our own ids have
 * `shortConnectionIdLength` bytes.
 */
export function parseHeader(
  bytes: Uint8Array,
  start: number,
  end: number,
  shortConnectionIdLength: number,
  into: PacketHeader = new PacketHeader(),
): PacketHeader | null {
  if (start >= end) return null
  const first = bytes[start]!
  if ((first & LONG_FORM) !== 0) return parseLongHeader(bytes, start, end, into)
  const packetNumberOffset = start + 1 + shortConnectionIdLength
  if (packetNumberOffset >= end) return null
  into.reset(bytes, '1rtt', end)
  into.fixedBit = (first & FIXED_BIT) !== 0
  into.dcidOffset = start + 1
  into.dcidLength = shortConnectionIdLength
  into.packetNumberOffset = packetNumberOffset
  return into
}

function parseLongHeader(bytes: Uint8Array, start: number, end: number, into: PacketHeader): PacketHeader | null {
  // First byte, version, and the lengths of both connection ids. RFC 8999 section 5.1.
  if (end - start < 7) return null
  const version = ((bytes[start + 1]! << 24) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 8) | bytes[start + 4]!) >>> 0
  const dcidOffset = start + 6
  const dcidLength = bytes[start + 5]!
  const scidOffset = dcidOffset + dcidLength + 1
  if (scidOffset > end) return null
  const scidLength = bytes[scidOffset - 1]!
  const afterIds = scidOffset + scidLength
  if (afterIds > end) return null
  into.reset(bytes, version === 0 ? 'versionNegotiation' : 'unknownVersion', end)
  into.version = version
  into.dcidOffset = dcidOffset
  into.dcidLength = dcidLength
  into.scidOffset = scidOffset
  into.scidLength = scidLength
  into.packetNumberOffset = afterIds
  const types = longTypes(version)
  return types === null ? into : parseKnownVersion(bytes, start, afterIds, end, types, into)
}

/** The part of a long header that versions 1 and 2 define. RFC 9000 section 17.2, RFC 9369 section 3.2. */
function parseKnownVersion(
  bytes: Uint8Array,
  start: number,
  afterIds: number,
  end: number,
  types: readonly LongType[],
  into: PacketHeader,
): PacketHeader | null {
  const first = bytes[start]!
  if (into.dcidLength > MAX_CONNECTION_ID_LENGTH || into.scidLength > MAX_CONNECTION_ID_LENGTH) return null
  into.fixedBit = (first & FIXED_BIT) !== 0
  into.type = types[(first >> LONG_TYPE_SHIFT) & 0x03]!
  if (into.type === 'retry') return parseRetry(afterIds, end, into)
  let at = afterIds
  if (into.type === 'initial') {
    const tokenLength = peekVarint(bytes, at, end)
    if (tokenLength < 0) return null
    into.tokenOffset = at + varintSizeAt(bytes, at)
    into.tokenLength = tokenLength
    at = into.tokenOffset + tokenLength
  }
  const length = peekVarint(bytes, at, end)
  if (length < 0) return null
  into.packetNumberOffset = at + varintSizeAt(bytes, at)
  into.end = into.packetNumberOffset + length
  return into.end > end ? null : into
}

/** A Retry has no packet number: its token runs to the integrity tag. RFC 9000 section 17.2.5. */
function parseRetry(afterIds: number, end: number, into: PacketHeader): PacketHeader | null {
  into.tokenOffset = afterIds
  into.tokenLength = end - afterIds - RETRY_TAG_LENGTH
  return into.tokenLength < 0 ? null : into
}

/** The varint at `at`, or -1 if it is cut short: no exception, since garbage must cost as little as a packet. */
function peekVarint(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1
  const size = varintSizeAt(bytes, at)
  if (at + size > end) return -1
  let value = bytes[at]! & 0x3f
  for (let i = 1; i < size; i++) value = value * 256 + bytes[at + i]!
  return value
}

function varintSizeAt(bytes: Uint8Array, at: number): number {
  return 1 << (bytes[at]! >> 6)
}
