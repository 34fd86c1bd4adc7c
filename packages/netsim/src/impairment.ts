// What becomes of each datagram on one direction of a path. Pure decisions from a seed: a simulated link schedules what they say on virtual time, a
// relay between real sockets on real time, and both treat the n-th datagram alike.
import { Bottleneck } from './bottleneck.ts'
import { CE, isEcnCapable, NOT_ECT } from './ecn.ts'
import { Mishap } from './mishap.ts'
import { type BlackHole, complete, type ImpairmentOptions, type Impairments } from './options.ts'
import type { Random } from './random.ts'
import { stepAt } from './steps.ts'

/** Why a datagram does not arrive. */
export type DropReason = 'listed' | 'blackHole' | 'tooLarge' | 'lost' | 'queueFull'

/** One copy of a datagram that arrives. */
export interface Delivery {
  /** From the time of the decision. */
  readonly delayMillis: number
  /** A copy of the datagram, damaged or not. */
  readonly bytes: Uint8Array
  /** The ECN field with which it arrives. */
  readonly ecn: number
}

/** What becomes of one datagram. */
export interface Decision {
  /** What arrives: nothing, the datagram, or the datagram twice. */
  readonly deliveries: readonly Delivery[]
  /** Null when it arrives. */
  readonly dropped: DropReason | null
  /** A bit of it was turned on the way. */
  readonly isCorrupted: boolean
}

/** Decides from a seed what becomes of each datagram on one direction of a path. */
export class Impairment {
  readonly #options: Impairments
  readonly #random: Random
  readonly #marking: Mishap
  readonly #dropList: ReadonlySet<number>
  readonly #bottleneck: Bottleneck
  readonly #loss: Mishap
  readonly #corruption: Mishap
  readonly #duplication: Mishap
  readonly #reordering: Mishap
  #decided = 0
  /** When the last datagram arrives that was not held back. */
  #lastArrival = 0

  /** Throws BAD_OPTION. */
  constructor(options: ImpairmentOptions, random: Random) {
    this.#options = complete(options)
    const { dropList, queueDatagrams, queueBytes, lossRate, lossBurst, meanLossBurst, corruptRate, corruptBurst } = this.#options
    this.#dropList = new Set(dropList)
    this.#bottleneck = new Bottleneck(queueDatagrams, queueBytes)
    // Each has a generator of its own: to switch one on changes nothing about which datagrams the others strike.
    this.#loss = new Mishap(lossRate, lossBurst, random.fork(), meanLossBurst)
    this.#corruption = new Mishap(corruptRate, corruptBurst, random.fork())
    this.#duplication = new Mishap(this.#options.duplicateRate, Number.POSITIVE_INFINITY, random.fork())
    this.#reordering = new Mishap(this.#options.reorderRate, Number.POSITIVE_INFINITY, random.fork())
    this.#random = random.fork()
    this.#marking = new Mishap(this.#options.markRate, Number.POSITIVE_INFINITY, random.fork())
  }

  /**
   * Decides about the next datagram. `now` never goes back, in milliseconds. The datagram's bytes are copied: they stay the caller's. `ecn` is the
   * field of its IP header, 0 to 3.
   */
  decide(datagram: Uint8Array, now: number, ecn: number = NOT_ECT): Decision {
    const index = ++this.#decided
    // All are asked about every datagram, dropped or not, so that the fate of the n-th depends on n and the seed alone.
    const isLost = this.#loss.strikes()
    const isCorrupted = this.#corruption.strikes()
    const isDuplicated = this.#duplication.strikes()
    const isHeldBack = this.#reordering.strikes()
    const isMarked = this.#marking.strikes()
    const jitter = this.#random.fraction() * this.#options.jitterMillis
    const place = this.#random.u32()

    const dropped = this.#dropReason(index, datagram.length, now, isLost)
    if (dropped !== null) return { deliveries: [], dropped, isCorrupted: false }
    const path = stepAt(this.#options, now)
    const isCongested = this.#bottleneck.held(now) >= this.#options.markQueueDatagrams
    const leavesAt = this.#bottleneck.pass(datagram.length, path.bitsPerSecond, now)
    if (leavesAt === null) return { deliveries: [], dropped: 'queueFull', isCorrupted: false }

    const delayMillis = this.#arrival(leavesAt + path.delayMillis + jitter, isHeldBack) - now
    const arriving = this.#ecnAfter(ecn, isMarked || isCongested)
    const bytes = isCorrupted ? damaged(datagram, place) : Uint8Array.from(datagram)
    const deliveries = [{ delayMillis, bytes, ecn: arriving }]
    if (isDuplicated) deliveries.push({ delayMillis, bytes: Uint8Array.from(bytes), ecn: arriving })
    return { deliveries, dropped: null, isCorrupted }
  }

  #dropReason(index: number, size: number, now: number, isLost: boolean): DropReason | null {
    if (this.#dropList.has(index)) return 'listed'
    if (this.#options.blackHoles.some((hole) => isInside(hole, now))) return 'blackHole'
    if (size > this.#options.mtu) return 'tooLarge'
    return isLost ? 'lost' : null
  }

  #ecnAfter(ecn: number, isMarked: boolean): number {
    if (this.#options.bleachesEcn) return NOT_ECT
    return isMarked && isEcnCapable(ecn) ? CE : ecn
  }

  #arrival(at: number, isHeldBack: boolean): number {
    if (isHeldBack) return at + this.#options.reorderMillis
    this.#lastArrival = Math.max(this.#lastArrival, at)
    return this.#lastArrival
  }
}

function isInside({ fromMillis, untilMillis, everyMillis }: BlackHole, now: number): boolean {
  if (now < fromMillis) return false
  const since = now - fromMillis
  return (everyMillis === undefined ? since : since % everyMillis) < untilMillis - fromMillis
}

/** A copy with one byte that is another: `place` says which and how. */
function damaged(datagram: Uint8Array, place: number): Uint8Array {
  const bytes = Uint8Array.from(datagram)
  if (bytes.length > 0) bytes[(place >>> 8) % bytes.length]! ^= 1 + ((place & 0xff) % 255)
  return bytes
}
