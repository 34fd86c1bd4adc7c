// What a client keeps of a session to resume it: TLS's ticket, and what it must be used with. RFC 9001 section 4.5, RFC 9000 section 7.4.1.
import { Buffer } from 'node:buffer'
import { BytesError, Reader, Writer } from '@millrace/bytes'
import { TransportViolation } from './errors.ts'
import {
  decodeTransportParameters,
  encodeTransportParameters,
  parameterRows,
  TRANSPORT_PARAMETERS,
  type TransportParameters,
} from './wire/transport-parameters.ts'

export interface SessionTicket {
  /** Version of QUIC: a ticket is good for no other. RFC 9369 section 5. */
  readonly version: number
  readonly alpn: string
  /** What the server declared, as far as it holds for 0-RTT, encoded: only who sends 0-RTT reads it, by `rememberedParameters`. */
  readonly remembered: Uint8Array
  /** What the application protocol laid down for 0-RTT; empty if nothing. RFC 9001 section 4.6.3. */
  readonly terms: Uint8Array
  /** TLS's own. */
  readonly ticket: Uint8Array
}

/** What there is when TLS tells its ticket. */
type NewTicket = Omit<SessionTicket, 'remembered' | 'terms'> & { readonly parameters: TransportParameters; readonly terms?: Uint8Array }

/** First byte, so that bytes of another layout are known. */
const LAYOUT = 2

const REMEMBERED = parameterRows((_key, row) => row.remembered)
const REMEMBERED_KEYS = REMEMBERED.map(({ key }) => key)

/** Those parameters that a client applies to 0-RTT packets, encoded. */
export function encodeRemembered(parameters: TransportParameters): Uint8Array {
  return encodeTransportParameters(parameters, 'server', { rows: REMEMBERED })
}

/** Servers mostly declare what the one before declared, and these are plain values: the last ones, and their encoding. */
class LastRemembered {
  readonly #values: unknown[] = []
  #encoded: Uint8Array | null = null

  of(parameters: TransportParameters): Uint8Array {
    let isKnown = this.#encoded !== null
    for (let i = 0; i < REMEMBERED_KEYS.length; i++) {
      const value = parameters[REMEMBERED_KEYS[i]!]
      if (value === this.#values[i]) continue
      this.#values[i] = value
      isKnown = false
    }
    if (!isKnown) this.#encoded = encodeRemembered(parameters)
    return this.#encoded!
  }
}

const lastRemembered = new LastRemembered()

/** Of what the server has declared; without terms until the application protocol has told them: see `withTerms`. */
export function encodeSessionTicket({ version, alpn, parameters, terms = NONE, ticket }: NewTicket): Uint8Array {
  return layOut({ version, alpn, remembered: lastRemembered.of(parameters), terms, ticket })
}

/** The same, of `encodeSessionTicket`, with the application protocol's terms. */
export function withTerms(encoded: Uint8Array, terms: Uint8Array): Uint8Array {
  return layOut({ ...decodeSessionTicket(encoded)!, terms })
}

/** Null for bytes that are no ticket of ours. What is found, the ticket itself above all, are views of these. */
export function decodeSessionTicket(encoded: Uint8Array): SessionTicket | null {
  const reader = new Reader(encoded)
  try {
    if (reader.u8() !== LAYOUT) return null
    const version = reader.u32()
    const alpn = Buffer.from(reader.view(reader.u8())).toString()
    const remembered = reader.view(reader.u32())
    const terms = reader.view(reader.u32())
    return { version, alpn, remembered, terms, ticket: reader.view(reader.remaining) }
  } catch (error) {
    if (error instanceof BytesError) return null
    throw error
  }
}

/** Limits for 0-RTT, and defaults for the rest; null for bytes that are none, after which no 0-RTT is sent. */
export function rememberedParameters({ remembered }: SessionTicket): TransportParameters | null {
  try {
    return decodeTransportParameters(remembered, 'server')
  } catch (error) {
    if (error instanceof TransportViolation) return null
    throw error
  }
}

/** Whether a server with these parameters grants all that it promised when a ticket was made: else it must refuse 0-RTT. RFC 9000 section 7.4.1. */
export function grantsAtLeast(parameters: TransportParameters, remembered: Uint8Array): boolean {
  const promised = decodeTransportParameters(remembered, 'server')
  return Object.entries(TRANSPORT_PARAMETERS).every(([name, row]) => {
    const now = parameters[name as keyof TransportParameters] ?? row.default
    const then = promised[name as keyof TransportParameters] ?? row.default
    if (!row.remembered) return true
    // An extension that was not there may be by now. draft-ietf-quic-reliable-stream-reset section 3.
    if (name === 'resetStreamAt') return now === true || then === false
    return typeof now === 'number' && typeof then === 'number' ? now >= then : now === then
  })
}

function layOut({ version, alpn, remembered, terms, ticket }: SessionTicket): Uint8Array {
  const protocol = Buffer.from(alpn)
  const writer = new Writer(Buffer.allocUnsafe(1 + 4 + 1 + protocol.length + 4 + remembered.length + 4 + terms.length + ticket.length))
  writer.u8(LAYOUT)
  writer.u32(version)
  writer.u8(protocol.length)
  writer.bytes(protocol)
  writer.u32(remembered.length)
  writer.bytes(remembered)
  writer.u32(terms.length)
  writer.bytes(terms)
  writer.bytes(ticket)
  return writer.target
}

const NONE: Uint8Array = new Uint8Array(0)
