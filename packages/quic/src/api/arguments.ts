// What users hand to sessions and streams, checked before it is taken: later it would fail in the middle of a packet, where nobody knows any more whose it was.
import { Buffer } from 'node:buffer'
import { number, type Range, wrong } from './option-checks.ts'
import { shown } from './option-shapes.ts'
import type { CloseOptions } from './session-info.ts'

/** The most that a varint holds. RFC 9000 section 16. */
const MAX_CODE = 2n ** 62n - 1n
const CODE: Range = { least: 0, most: Number.MAX_SAFE_INTEGER, default: 0 }

/** A code of the application's protocol. Throws ERR_QUIC_OPTION for what is none. RFC 9000 section 20.2. */
export function applicationCode(code: number | bigint | undefined): bigint {
  if (typeof code !== 'bigint') return BigInt(number('code', code, CODE))
  if (code >= 0n && code <= MAX_CODE) return code
  throw wrong('code', `is ${code}; it must be a whole number from 0 to ${MAX_CODE}`)
}

/** What a peer is told at the end: with an error, and no code, the code is 1. Throws ERR_QUIC_OPTION for a code or a reason that is none. */
export function closingWords(options: CloseOptions, error?: unknown): { readonly code: bigint; readonly reason: string } {
  const { code = error === undefined ? 0 : 1, reason = error instanceof Error ? error.message : '' } = options
  if (typeof reason !== 'string') throw wrong('reason', `is ${shown(reason)}; it must be text`)
  return { code: applicationCode(code), reason }
}

/** What is sent. Throws ERR_QUIC_OPTION for what is neither text nor bytes. */
export function bytesOf(name: string, given: Uint8Array | string): Uint8Array {
  if (given instanceof Uint8Array) return given
  if (typeof given === 'string') return Buffer.from(given)
  throw wrong(name, `is ${shown(given)}; it must be text, a Buffer or a Uint8Array`)
}
