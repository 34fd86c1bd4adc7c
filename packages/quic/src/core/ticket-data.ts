// What a server seals into its tickets, to know again what it promised when one comes back: its own parameters, and the terms of the application protocol
// on top. RFC 9000 section 7.4.1, RFC 9001 section 4.6.3.
import { BytesError, Reader, Writer } from '@millrace/bytes'

/** What was promised. */
export interface TicketData {
  /** As `encodeRemembered` makes them. */
  readonly parameters: Uint8Array
  /** Empty if the application protocol had none. */
  readonly terms: Uint8Array
}

/** First byte, so that bytes of another layout are known. */
const LAYOUT = 2

export function encodeTicketData({ parameters, terms }: TicketData): Uint8Array {
  const writer = new Writer(new Uint8Array(1 + 2 + parameters.length + terms.length))
  writer.u8(LAYOUT)
  writer.u16(parameters.length)
  writer.bytes(parameters)
  writer.bytes(terms)
  return writer.target
}

/** Null for what another program, or another version of this one, has sealed with the same key. */
export function decodeTicketData(encoded: Uint8Array): TicketData | null {
  const reader = new Reader(encoded)
  try {
    if (reader.u8() !== LAYOUT) return null
    return { parameters: reader.view(reader.u16()), terms: reader.view(reader.remaining) }
  } catch (error) {
    if (error instanceof BytesError) return null
    throw error
  }
}
