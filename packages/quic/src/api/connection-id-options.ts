// What users may set about the connection ids of an endpoint. RFC 9000 section 5.1.
import { MAX_CONNECTION_ID_LENGTH } from '../core/wire/connection-id.ts'
import { type ConnectionIdOptions as Checked, CONNECTION_ID_LENGTH } from '../endpoint/connection-id-source.ts'
import { type PortSeat, SeatIds } from '../endpoint/port-seat.ts'
import { RandomPool } from '../endpoint/random-pool.ts'
import { QuicError } from './error.ts'
import { number, type Range, wrong } from './option-checks.ts'

export interface ConnectionIdOptions {
  /**
   * Bytes of the connection ids by which peers reach us: 0 to 20, default 8. Short ones save bytes and are soon guessed and used up; longer ones have room for
   * what a load balancer wants to know. 0 is for a client with an endpoint of its own: its packets are known by the port that they come to.
   * RFC 9000 section 5.1.
   */
  readonly connectionIdLength?: number
  /**
   * Makes a connection id of `length` bytes, for instance one by which a load balancer finds this server. It must not tell observers which ids belong together,
   * and must not throw. It is asked again if the id is in use; if that does not help, a client is refused, or a session goes without spare ids.
   * Default: random bytes. RFC 9000 section 5.1.
   */
  readonly generateConnectionId?: (length: number) => Uint8Array
}

const LENGTH: Range = { least: 0, most: MAX_CONNECTION_ID_LENGTH, default: CONNECTION_ID_LENGTH }
/** Two bytes say whose they are, and nobody should guess the others. */
const SEAT_LENGTH: Range = { ...LENGTH, least: CONNECTION_ID_LENGTH }

/** `seat`: that of the endpoint, which then makes its ids. @internal */
export function checkConnectionIds({ connectionIdLength, generateConnectionId }: ConnectionIdOptions, seat: PortSeat | null): Checked {
  const length = number('endpoint.connectionIdLength', connectionIdLength, seat === null ? LENGTH : SEAT_LENGTH)
  if (seat !== null) {
    if (generateConnectionId !== undefined) throw wrong('endpoint.generateConnectionId', 'cannot go with a seat, which makes the ids')
    const ids = new SeatIds(seat)
    return { length, generate: (wanted) => ids.make(wanted) }
  }
  if (generateConnectionId === undefined) {
    const pool = new RandomPool()
    return { length, generate: (wanted) => pool.take(wanted) }
  }
  if (length === 0) throw wrong('endpoint.generateConnectionId', 'has nothing to make while connectionIdLength is 0')
  const sample = sampleOf(generateConnectionId, length)
  if (!(sample instanceof Uint8Array) || sample.length !== length) {
    const is = sample instanceof Uint8Array ? `${sample.length} bytes` : typeof sample
    throw wrong(
      'endpoint.generateConnectionId',
      `made ${is}; it must make a Buffer or Uint8Array of ${length} bytes, which is connectionIdLength`,
    )
  }
  return { length, generate: (wanted) => new Uint8Array(generateConnectionId(wanted)) }
}

function sampleOf(generate: (length: number) => Uint8Array, length: number): Uint8Array {
  try {
    return generate(length)
  } catch (cause) {
    throw new QuicError('Option endpoint.generateConnectionId threw an error: see its cause.', { code: 'ERR_QUIC_OPTION', cause })
  }
}
