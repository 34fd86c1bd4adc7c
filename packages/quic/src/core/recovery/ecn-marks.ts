// What we marked in one packet-number space, and what the peer says that it saw of it. RFC 9000 sections 13.4.2.1 and 19.3.2.
import type { AckRanges } from '../wire/ack.ts'

export class EcnMarks {
  /** Packets that left with ECT(0). */
  sent = 0
  /** Counts of the last ACK frame that raised the largest acknowledged number. */
  ect0 = 0
  ce = 0
  /** By how much that frame raised them. */
  newEct0 = 0
  newCe = 0

  /**
   * Takes in the counts of an ACK frame that newly acknowledges `marked` marked packets. False if they cannot be true: none are given, they do not cover
   * these packets, they sank, or they tell of marks that we never made.
   */
  accept(ack: AckRanges, marked: number): boolean {
    this.newEct0 = 0
    this.newCe = 0
    if (!ack.hasEcn) return marked === 0
    this.newEct0 = ack.ect0 - this.ect0
    this.newCe = ack.ce - this.ce
    this.ect0 = ack.ect0
    this.ce = ack.ce
    const sank = this.newEct0 < 0 || this.newCe < 0
    return !sank && this.newEct0 + this.newCe >= marked && ack.ect0 <= this.sent && ack.ect1 === 0
  }

  /** Counts those of another space as well. */
  add(other: EcnMarks): void {
    this.sent += other.sent
    this.ect0 += other.ect0
    this.ce += other.ce
  }
}

/** Packets that were marked, and what the peer says of them. */
export interface EcnTotals {
  readonly ect0Sent: number
  readonly ect0Reported: number
  readonly ceReported: number
}

export function ecnTotals(spaces: readonly EcnMarks[]): EcnTotals {
  const total = { ect0Sent: 0, ect0Reported: 0, ceReported: 0 }
  for (const { sent, ect0, ce } of spaces) {
    total.ect0Sent += sent
    total.ect0Reported += ect0
    total.ceReported += ce
  }
  return total
}
