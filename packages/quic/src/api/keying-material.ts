// Secrets for applications, out of the handshake that both ends took part in. RFC 8446 section 7.5; RFC 5705.
import type { Handshake } from '../core/handshake.ts'
import { QuicError } from './error.ts'
import { number, type Range, wrong } from './option-checks.ts'

/** What names a secret. */
export interface KeyingMaterialWanted {
  readonly length: number
  readonly label: string
  readonly context: Uint8Array
}

export const NO_CONTEXT: Uint8Array = new Uint8Array(0)

/** HKDF-Expand makes 255 times the hash's length at most, and the shortest hash of TLS 1.3 has 32 bytes. RFC 5869 section 2.3. */
const LENGTH: Range = { least: 1, most: 255 * 32, default: 32 }
/** What `tls13 ` leaves of the 255 bytes of a label. RFC 8446 section 7.1. */
const LABEL = /^[ -~]{1,249}$/
/** The length of a context is written in two bytes. RFC 5705 section 4. */
const LONGEST_CONTEXT = 65_535

/** Throws ERR_QUIC_OPTION and ERR_QUIC_CLOSED. */
export function keyingMaterial(handshake: Handshake, { length, label, context }: KeyingMaterialWanted): Uint8Array {
  const size = number('length', length, LENGTH)
  if (!LABEL.test(label)) throw wrong('label', `is ${JSON.stringify(label)}; it must be 1 to 249 characters of ASCII`)
  if (context.length > LONGEST_CONTEXT) throw wrong('context', `has ${context.length} bytes; it may have ${LONGEST_CONTEXT}`)
  const material = handshake.exportKeyingMaterial(size, label, context)
  if (material !== null) return material
  throw new QuicError("There is no keying material: the handshake is not done, or it is a server's without the option exporter.", {
    code: 'ERR_QUIC_CLOSED',
  })
}
