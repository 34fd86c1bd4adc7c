// Secrets that the two ends of a session alone know. W3C WebTransport, "exportKeyingMaterial()"; draft-ietf-webtrans-http3 section 4.8.
import { QuicError, type QuicSession } from '@millrace/quic'
import { EXPORTER_LABEL, exporterContext, LONGEST_EXPORTER_FIELD } from '../core/webtransport/exporter-context.ts'
import { invalidState } from './error.ts'

/** What names a secret. */
export interface KeyingMaterialWanted {
  readonly label: Uint8Array
  readonly context: Uint8Array
  readonly length: number
}

/** Bytes that TLS exports at most with any of its hashes. RFC 8446 section 7.5, RFC 5869 section 2.3. */
const LONGEST_OUTPUT = 255 * 32

/** Throws RangeError for lengths that cannot be. */
export function wantedMaterial(
  label: ArrayBuffer | ArrayBufferView,
  context: ArrayBuffer | ArrayBufferView,
  length: number,
): KeyingMaterialWanted {
  const wanted = { label: bytesOf(label), context: bytesOf(context), length }
  if (wanted.label.length > LONGEST_EXPORTER_FIELD) throw new RangeError(`The label has more than ${LONGEST_EXPORTER_FIELD} bytes.`)
  if (wanted.context.length > LONGEST_EXPORTER_FIELD) throw new RangeError(`The context has more than ${LONGEST_EXPORTER_FIELD} bytes.`)
  if (!(length >= 1 && length <= LONGEST_OUTPUT))
    throw new RangeError(`${length} bytes cannot be exported; from 1 to ${LONGEST_OUTPUT} can.`)
  return { ...wanted, length: Math.trunc(length) }
}

/** Throws InvalidStateError where the connection has ended, or is a server's that keeps nothing to export from. */
export function sessionMaterial(quic: QuicSession, sessionId: number, { label, context, length }: KeyingMaterialWanted): Uint8Array {
  try {
    return quic.exportKeyingMaterial(length, EXPORTER_LABEL, exporterContext(sessionId, label, context))
  } catch (error) {
    if (error instanceof QuicError) throw invalidState(error.message)
    throw error
  }
}

function bytesOf(source: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice()
  return new Uint8Array(source.slice(0))
}
