// Writes the heads of packets that are to be protected. RFC 9000 sections 17.2 and 17.3.
import { varintSize, type Writer } from '@millrace/bytes'
import { FIXED_BIT, LONG_FORM, LONG_TYPE_SHIFT } from './packet-type.ts'
import { longTypeBits } from './version.ts'

/** What a long header says. */
export interface LongHeader {
  readonly type: 'initial' | '0rtt' | 'handshake'
  readonly version: number
  /** At most 20 bytes each. */
  readonly dcid: Uint8Array
  readonly scid: Uint8Array
  /** Of an Initial packet only. */
  readonly token?: Uint8Array
}

const SPIN_BIT = 0x20
const KEY_PHASE_BIT = 0x04

/**
 * Writes a long header with its packet number, and returns where the Length field is: two bytes, to be filled by `patchLength` once the payload is
 * known. `packetNumber` is the full number, `packetNumberLength` 1 to 4.
 */
export function writeLongHeader(writer: Writer, header: LongHeader, packetNumber: number, packetNumberLength: number): number {
  writer.u8(LONG_FORM | FIXED_BIT | (longTypeBits(header.version, header.type) << LONG_TYPE_SHIFT) | (packetNumberLength - 1))
  writer.u32(header.version)
  writer.u8(header.dcid.length)
  writer.bytes(header.dcid)
  writer.u8(header.scid.length)
  writer.bytes(header.scid)
  if (header.type === 'initial') {
    const token = header.token ?? EMPTY
    writer.varint(token.length)
    writer.bytes(token)
  }
  const lengthOffset = writer.offset
  writer.varint2(0)
  writer.lowBytes(packetNumber, packetNumberLength)
  return lengthOffset
}

/** Bytes that `writeLongHeader` will write. */
export function longHeaderSize(header: LongHeader, packetNumberLength: number): number {
  const token = header.token?.length ?? 0
  const tokenSize = header.type === 'initial' ? varintSize(token) + token : 0
  return 7 + header.dcid.length + header.scid.length + tokenSize + 2 + packetNumberLength
}

/** Fills a long header's Length field: bytes of packet number, payload and tag together, at most 16383. */
export function patchLength(bytes: Uint8Array, at: number, length: number): void {
  if (length > 0x3fff) throw new RangeError(`packet of ${length} bytes; its Length field holds 16383`)
  bytes[at] = 0x40 | (length >> 8)
  bytes[at + 1] = length
}

/** Writes a short header with its packet number: 1 + dcid.length + packetNumberLength bytes. */
export function writeShortHeader(
  writer: Writer,
  dcid: Uint8Array,
  packetNumber: number,
  packetNumberLength: number,
  spin: boolean,
  keyPhase: boolean,
): void {
  writer.u8(FIXED_BIT | (spin ? SPIN_BIT : 0) | (keyPhase ? KEY_PHASE_BIT : 0) | (packetNumberLength - 1))
  writer.bytes(dcid)
  writer.lowBytes(packetNumber, packetNumberLength)
}

const EMPTY: Uint8Array = new Uint8Array(0)
