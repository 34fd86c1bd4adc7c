// Retry packets: the server asks the client to prove its address before it keeps anything in mind. RFC 9000 section 17.2.5.
import type { Writer } from '@millrace/bytes'
import { FIXED_BIT, LONG_FORM, LONG_TYPE_SHIFT } from './packet-type.ts'
import { longTypeBits } from './version.ts'

export interface Retry {
  readonly version: number
  /** The client's source id. */
  readonly dcid: Uint8Array
  /** The id that the client is to use from now on. */
  readonly scid: Uint8Array
  readonly token: Uint8Array
}

/** Writes the packet up to its integrity tag. Four bits of `random` stand where nothing is said, so that nobody comes to rely on them. */
export function writeRetry(writer: Writer, retry: Retry, random: number): void {
  writer.u8(LONG_FORM | FIXED_BIT | (longTypeBits(retry.version, 'retry') << LONG_TYPE_SHIFT) | (random & 0x0f))
  writer.u32(retry.version)
  writer.u8(retry.dcid.length)
  writer.bytes(retry.dcid)
  writer.u8(retry.scid.length)
  writer.bytes(retry.scid)
  writer.bytes(retry.token)
}
