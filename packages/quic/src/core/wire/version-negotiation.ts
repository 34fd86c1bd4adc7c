// The packet that lists our versions to a client which asked for another. RFC 9000 sections 6 and 17.2.1; RFC 8999 section 6.
import type { Writer } from '@millrace/bytes'
import type { PacketHeader } from './packet-header.ts'
import { SUPPORTED_VERSIONS } from './version.ts'

export { isReservedVersion, reservedVersion, SUPPORTED_VERSIONS, VERSION_1, VERSION_2 } from './version.ts'

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
