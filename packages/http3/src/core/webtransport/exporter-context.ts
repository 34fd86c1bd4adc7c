// What keeps the exported secrets of a connection's sessions apart. draft-ietf-webtrans-http3 section 4.8.
import { Writer } from '@millrace/bytes'

/** The label of TLS's. Section 4.8. */
export const EXPORTER_LABEL = 'EXPORTER-WebTransport'

/** Bytes of the longest label and context of an application: their lengths have a byte each. */
export const LONGEST_EXPORTER_FIELD = 255

/** The context for TLS: WebTransport Exporter Context. `label` and `context`: the application's, of 255 bytes at most. */
export function exporterContext(sessionId: number, label: Uint8Array, context: Uint8Array): Uint8Array {
  const writer = new Writer(new Uint8Array(8 + 1 + label.length + 1 + context.length))
  writer.u32(Math.floor(sessionId / 2 ** 32))
  writer.u32(sessionId >>> 0)
  for (const field of [label, context]) {
    writer.u8(field.length)
    writer.bytes(field)
  }
  return writer.target
}
