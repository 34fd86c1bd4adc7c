// A port that several threads share, as users ask for it.
import { MAX_SEATS } from '../endpoint/limits.ts'
import { makeSeats, type PortSeat } from '../endpoint/port-seat.ts'
import { number, type Range, wrong } from './option-checks.ts'
import type { SessionOptions } from './options.ts'

const COUNT: Range = { least: 1, most: MAX_SEATS, default: 1 }

/**
 * Seats for so many threads of this process, 1 to 128, that listen at one port: give each worker one as `workerData`, and let it pass that to `listen` as
 * `endpoint.seat`, with the same address and a port that is not 0. A worker that takes the place of one which has died gets the same seat. Throws ERR_QUIC_OPTION.
 */
export function portSeats(count: number): PortSeat[] {
  return makeSeats(number('count', count, COUNT))
}

/** A seat as it comes out of `workerData`; null if there is none. Throws ERR_QUIC_OPTION for what is no seat. @internal */
export function checkSeat(seat: PortSeat | undefined): PortSeat | null {
  if (seat === undefined) return null
  const isSeat =
    typeof seat === 'object' &&
    seat !== null &&
    seat.pending instanceof SharedArrayBuffer &&
    typeof seat.group === 'string' &&
    [seat.idSecret, seat.tokenSecret, seat.resetTokenSecret, seat.ticketKey].every((each) => each instanceof Uint8Array) &&
    Number.isInteger(seat.index) &&
    seat.index >= 0 &&
    seat.index < seat.count &&
    seat.pending.byteLength === seat.count * Int32Array.BYTES_PER_ELEMENT
  if (isSeat) return seat
  throw wrong('endpoint.seat', 'is none that portSeats made')
}

/** What sessions at a shared port have in common, added to their options. Throws ERR_QUIC_OPTION for what the threads would have to share, and cannot. @internal */
export function withSeat(options: SessionOptions, seat: PortSeat | null): SessionOptions {
  if (seat === null || seat.count === 1) return options
  if (options.preferredAddress !== undefined) {
    throw wrong('preferredAddress', 'cannot go with endpoint.seat: the threads share one address; give each of them one of its own instead')
  }
  if (options.enableEarlyData === true && options.earlyDataGuard === undefined) {
    throw wrong(
      'earlyDataGuard',
      "is missing: with endpoint.seat the threads take each other's tickets, so they must share what knows a replay",
    )
  }
  return { ...options, ticketKey: options.ticketKey ?? seat.ticketKey }
}
