// Which packets are lost, now that a later one was acknowledged. RFC 9002 section 6.1, appendix A.10.
import type { Instant } from '../instant.ts'
import type { RttEstimator } from './rtt.ts'
import type { SentPacket } from './sent-packet.ts'
import type { SpaceState } from './space-state.ts'

/** RFC 9002 section 6.1.1; no less than 3. */
export const PACKET_THRESHOLD = 3

export interface LossListener {
  packetFoundLost(space: SpaceState, packet: SentPacket): void
}

/**
 * Sweeps from the oldest packet to the largest acknowledged one, reports the lost ones in order, and sets `space.lossAt`. It stops at the
 * first packet that is in flight and not lost yet: both thresholds reach older packets first, so none behind it can be lost. A sweep
 * therefore costs what was settled since the one before, however much is in flight. Of a run, packets are lost one by one.
 */
export function detectLosses(space: SpaceState, rtt: RttEstimator, packetThreshold: number, now: Instant, listener: LossListener): void {
  const sent = space.sent
  const delay = rtt.lossDelay
  space.lossAt = Number.POSITIVE_INFINITY
  let next = sent.oldest
  while (next <= space.largestAcknowledged) {
    const number = next
    const packet = sent.runOf(number)!
    next = packet.last + 1
    if (packet.state === 'acknowledged') space.lossRun.interrupt()
    if (packet.state !== 'outstanding') continue
    if (!packet.inFlight) {
      // Only ACK frames, and newer ones have arrived: nothing hangs on it but the test of marks.
      if (packet.marked) packet.path!.ecn.lost()
      sent.settle(packet, 'lost')
      continue
    }
    // The sum is compared, not the difference, so that a wake at exactly `lossAt` finds the packet lost whatever the rounding.
    if (number + packetThreshold <= space.largestAcknowledged || packet.sentAt + delay <= now) {
      listener.packetFoundLost(space, sent.lookup(number)!)
      next = number + 1
    } else {
      space.lossAt = packet.sentAt + delay
      break
    }
  }
  sent.advance()
}
