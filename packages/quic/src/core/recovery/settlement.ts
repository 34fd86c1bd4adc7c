// Takes the packets that an ACK frame newly acknowledges out of the flight, and tells their owners. RFC 9002 appendix A.7.
import type { Instant } from '../instant.ts'
import type { AckRanges } from '../wire/ack.ts'
import type { PathRecovery } from './path-recovery.ts'
import type { RecoveryListener } from './recovery-options.ts'
import type { SentPacket } from './sent-packet.ts'
import { neverSent } from './skipped-numbers.ts'
import type { SpaceState } from './space-state.ts'

export class Settlement {
  /** Marked packets that the ACK frame at hand newly acknowledges. */
  marked = 0
  readonly #listener: RecoveryListener

  constructor(listener: RecoveryListener) {
    this.#listener = listener
  }

  /**
   * Walks the ranges, highest first, as far down as packets are out; `path` is the one in use. Returns how many were newly acknowledged. Throws
   * TransportViolation (PROTOCOL_VIOLATION) at a number that was left out on purpose.
   */
  settle(state: SpaceState, ack: AckRanges, path: PathRecovery, now: Instant): number {
    const { sent } = state
    const { flight } = path
    const { oldest } = sent
    let settled = 0
    this.marked = 0
    for (let index = 0; index < ack.count; index++) {
      const largest = ack.largest[index]!
      if (largest < oldest) break
      let next = Math.max(ack.smallest[index]!, oldest)
      while (next <= largest) {
        const run = sent.runOf(next)!
        if (run.state === 'skipped') throw neverSent(next)
        if (run.state !== 'outstanding') {
          next = run.last + 1
          continue
        }
        const packet = sent.cut(next, largest)
        next = packet.last + 1
        settled += packet.count
        if (packet.marked) this.marked += packet.count
        if (packet.inFlight && concerns(packet, path)) flight.packetAcknowledged(packet, now)
        state.leave(packet)
        this.#listener.packetDelivered(state.name, packet)
        sent.settle(packet, 'acknowledged')
      }
    }
    return settled
  }
}

/** Whether what becomes of a packet tells something of a path: it left by it, and was no probe. */
export function concerns(packet: SentPacket, path: PathRecovery): boolean {
  return packet.path === path && packet.size > 0
}
