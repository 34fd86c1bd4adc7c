// Versions, and the packet that lists them to a client which asked for another. RFC 9000 sections 6, 15 and 17.2.1; RFC 8999 section 6.
import type { Writer } from '@millrace/bytes'
import type { PacketHeader } from './packet-header.ts'

/** QUIC version 1, RFC 9000. */
export const VERSION_1 = 0x0000_0001

/** Versions that we speak, the preferred one first. */
export const SUPPORTED_VERSIONS: readonly number[] = [VERSION_1]

/** A version of the form 0x?a?a?a?a, which nobody will ever speak: listing one keeps clients used to unknown versions. `random` is any 32 bits. */
export function reservedVersion(random: number): number {
  return ((random & 0xf0f0_f0f0) | 0x0a0a_0a0a) >>> 0
}

export function isReservedVersion(version: number): boolean {
  return (version & 0x0f0f_0f0f) === 0x0a0a_0a0a
}

/**
 * Writes a Version Negotiation packet. The ids are those of the client's packet, changed over: `dcid` is its source id, `scid` its destination id, up
 * to 255 bytes each. `random` gives six bits that mean nothing, so that nobody comes to rely on them.
 */
export function writeVersionNegotiation(
  writer: Writer,
  dcid: Uint8Array,
  scid: Uint8Array,
  random: number,
  versions: readonly number[] = SUPPORTED_VERSIONS,
): void {
  // The second bit is set, as in any packet of version 1, for those who tell QUIC from other protocols by it.
  writer.u8(0xc0 | (random & 0x3f))
  writer.u32(0)
  writer.u8(dcid.length)
  writer.bytes(dcid)
  writer.u8(scid.length)
  writer.bytes(scid)
  for (const version of versions) writer.u32(version)
}

/** Versions that the peer lists, or null if the packet is malformed: no version at all, or part of one. */
export function parseVersionNegotiation(header: PacketHeader): number[] | null {
  const bytes = header.source
  const start = header.packetNumberOffset
  const length = header.end - start
  if (length === 0 || length % 4 !== 0) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, length)
  return Array.from({ length: length / 4 }, (_, index) => view.getUint32(index * 4))
}
