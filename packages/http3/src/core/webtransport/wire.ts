// What WebTransport puts on the wire beside HTTP/3: settings, signals, capsules, codes. draft-ietf-webtrans-http3, and the drafts that browsers speak.
import { BytesError, Reader, varintSize, Writer } from '@millrace/bytes'
import { HTTP3_ERRORS, Http3Error } from '../wire/http3-error.ts'

/** First bytes of a bidirectional stream. Section 4.3. */
export const BIDI_SIGNAL = 0x41
/** Type of a unidirectional stream. Section 4.2. */
export const UNI_STREAM = 0x54

/** SETTINGS_ENABLE_WEBTRANSPORT of draft 2: Chromium, Firefox and aioquic. */
export const ENABLE_WEBTRANSPORT_DRAFT_02 = 0x2b603742
/** SETTINGS_WEBTRANSPORT_MAX_SESSIONS of drafts 7 to 12: sessions at once that a server takes. */
export const MAX_SESSIONS_DRAFT_07 = 0xc671706a

/** Section 6. */
export const CLOSE_SESSION_CAPSULE = 0x2843
/** Section 4.7. */
export const DRAIN_SESSION_CAPSULE = 0x78ae

/** A stream for a session that is not there, when no more can wait. Section 4.6. */
export const BUFFERED_STREAM_REJECTED: number = HTTP3_ERRORS.WT_BUFFERED_STREAM_REJECTED
/** A stream of a session that has ended. Section 6. */
export const SESSION_GONE: number = HTTP3_ERRORS.WT_SESSION_GONE

/** Bytes of UTF-8 that a reason may have. Section 6. */
export const MAX_REASON = 1024

const FIRST_CODE = 0x52e4a40fa8dbn
const LAST_CODE = 0x52e5ac983162n

/** An application's error code, 0 to 2^32 - 1, as HTTP/3 has it: reserved ones in between are left out. Section 4.4. */
export function toHttpCode(code: number): bigint {
  const value = BigInt(code)
  return FIRST_CODE + value + value / 0x1en
}

/** The application's error code; null for one that is not an application's. Section 4.4. */
export function fromHttpCode(code: bigint): number | null {
  if (code < FIRST_CODE || code > LAST_CODE || (code - 0x21n) % 0x1fn === 0n) return null
  const shifted = code - FIRST_CODE
  return Number(shifted - shifted / 0x1fn)
}

/** The beginning of a stream: what it is, and whose session's. */
export function streamHeader(signal: number, sessionId: number): Uint8Array {
  const writer = new Writer(new Uint8Array(varintSize(signal) + varintSize(sessionId)))
  writer.varint(signal)
  writer.varint(sessionId)
  return writer.target
}

/** A session's id as it was read; H3_ID_ERROR for the connection where no request can have it. Section 4. */
export function checkSessionId(id: bigint): number {
  if (id % 4n !== 0n || id > BigInt(Number.MAX_SAFE_INTEGER)) throw new Http3Error('H3_ID_ERROR', `session ${id}, which is no request`)
  return Number(id)
}

/** How a session ends. */
export interface CloseInfo {
  /** 0 to 2^32 - 1. */
  readonly closeCode: number
  readonly reason: string
}

/** The payload of a CLOSE capsule; a reason that is too long ends at a character. Section 6. */
export function encodeClose({ closeCode, reason }: CloseInfo): Uint8Array {
  const text = new Uint8Array(MAX_REASON)
  const { written } = new TextEncoder().encodeInto(reason, text)
  const writer = new Writer(new Uint8Array(4 + written))
  writer.u32(closeCode)
  writer.bytes(text.subarray(0, written))
  return writer.target
}

/** Throws H3_MESSAGE_ERROR, for the stream, where there is no code or the reason is not UTF-8. Section 6. */
export function decodeClose(payload: Uint8Array): CloseInfo {
  const reader = new Reader(payload)
  try {
    const closeCode = reader.u32()
    return { closeCode, reason: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(reader.view(reader.remaining)) }
  } catch (error) {
    if (error instanceof BytesError || error instanceof TypeError) {
      throw new Http3Error('H3_MESSAGE_ERROR', 'a CLOSE capsule without a code, or whose reason is not UTF-8', 'stream')
    }
    throw error
  }
}

/** Bytes of the largest payload of each capsule that is understood. */
export const CAPSULES: ReadonlyMap<number, number> = new Map([
  [CLOSE_SESSION_CAPSULE, 4 + MAX_REASON],
  [DRAIN_SESSION_CAPSULE, 0],
])
