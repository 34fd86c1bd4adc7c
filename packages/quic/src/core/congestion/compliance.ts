// What every congestion controller must keep to, whatever its algorithm. RFC 9002 section 7, RFC 8085 section 3.1.
// A test runs each rule against a factory; a rule that is broken throws. The rules use no randomness: their long run is a fixed sequence.
import type { Instant } from '../instant.ts'
import { RttEstimator } from '../recovery/rtt.ts'
import { AckBatch, type CongestionController, type CongestionControllerFactory, LossBatch } from './controller.ts'
import { initialWindow, minimumWindow } from './window.ts'

/** One thing that a congestion controller must keep to. */
export interface ComplianceRule {
  /** A sentence, with the section it comes from. */
  readonly name: string
  /** Asks that a single loss shrinks the window: not of controllers that measure what the path delivers, and lose little to a loss. */
  readonly lossBased: boolean
  /** Throws ComplianceError if the controller breaks the rule. */
  readonly check: (make: CongestionControllerFactory) => void
}

/** A controller broke a rule: the message says how. */
export class ComplianceError extends Error {
  override readonly name = 'ComplianceError'
}

/** All the rules, for tests of controllers of your own. RFC 9002 section 7. */
export const COMPLIANCE: readonly ComplianceRule[] = [
  { name: 'begins with the initial window at most (RFC 9002 7.2)', lossBased: false, check: beginsModestly },
  { name: 'is never under two datagrams (RFC 9002 7.2)', lossBased: false, check: keepsMinimum },
  { name: 'grows while the window is used and nothing is lost (RFC 9002 7.3.1)', lossBased: false, check: growsWhenUsed },
  { name: 'does not grow while the application limits it (RFC 9002 7.8)', lossBased: false, check: restsWhenLimited },
  { name: 'grows to no more than four times what is ever in flight (RFC 9002 7.8)', lossBased: false, check: keepsToFlight },
  { name: 'is reduced by a loss once a round trip (RFC 9002 7.3.2)', lossBased: true, check: reducesOncePerRoundTrip },
  { name: 'does not grow by a congestion mark (RFC 9002 7.1)', lossBased: false, check: heedsMarks },
  { name: 'collapses to two datagrams at persistent congestion (RFC 9002 7.6.2)', lossBased: false, check: collapses },
  { name: 'is as new after a reset (RFC 9002 6.3)', lossBased: false, check: resets },
]

const DATAGRAM = 1200
const RTT = 50

/** Chance that is none, for controllers that ask for it. */
const even = (): number => 0.5

function beginsModestly(make: CongestionControllerFactory): void {
  for (const size of [1200, 1350, 1472, 9000]) {
    const { window } = make(size, even)
    expect(window >= minimumWindow(size) && window <= initialWindow(size), `${window} bytes at first, with datagrams of ${size}`)
  }
}

function keepsMinimum(make: CongestionControllerFactory): void {
  const drive = new Drive(make)
  const steps = [
    () => drive.acknowledge(DATAGRAM),
    () => drive.lose(),
    () => drive.controller.congestionExperienced(drive.now, drive.now),
    () => drive.controller.persistentCongestion(drive.now),
    () => drive.controller.datagramSizeChanged(drive.now % 2 === 0 ? DATAGRAM : DATAGRAM + 250),
  ]
  for (let step = 0; step < 2000; step++) {
    drive.now += 1 + (step % RTT)
    // Steps of 1, 7 and 11 through the list in turn: every event follows every other.
    steps[(step * [1, 7, 11][step % 3]!) % steps.length]!()
    const { window } = drive.controller
    expect(window >= minimumWindow(DATAGRAM), `${window} bytes after ${step} events`)
  }
}

function growsWhenUsed(make: CongestionControllerFactory): void {
  const drive = new Drive(make)
  const before = drive.controller.window
  for (let round = 0; round < 5; round++) drive.round()
  expect(drive.controller.window > before, 'no growth in five round trips')
}

function restsWhenLimited(make: CongestionControllerFactory): void {
  const drive = new Drive(make)
  for (let round = 0; round < 40; round++) {
    const before = drive.controller.window
    drive.round(true)
    expect(drive.controller.window <= before, `${before} bytes grew to ${drive.controller.window} though they were not used`)
    if (round === 20) drive.lose()
  }
}

/** The peer's flow control lets so much leave in a round trip, and there is always more to send. */
function keepsToFlight(make: CongestionControllerFactory): void {
  const drive = new Drive(make)
  const flight = initialWindow(DATAGRAM)
  for (let round = 0; round < 100; round++) drive.round(false, flight)
  const { window } = drive.controller
  expect(window <= 4 * flight, `${window} bytes, of which ${flight} are used`)
}

function reducesOncePerRoundTrip(make: CongestionControllerFactory): void {
  const drive = new Drive(make)
  for (let round = 0; round < 5; round++) drive.round()
  const sentAt = drive.now
  const full = drive.controller.window
  drive.now += RTT
  drive.lose(sentAt)
  const reduced = drive.controller.window
  expect(reduced < full, 'a loss did not reduce the window')
  for (let i = 0; i < 10; i++) {
    drive.now += 1
    drive.lose(sentAt + i)
  }
  expect(drive.controller.window === reduced, 'losses of one round trip reduced the window twice')
  drive.now += RTT
  drive.lose(drive.now - 1)
  expect(drive.controller.window < reduced, 'a loss of the next round trip did not reduce the window')
}

function heedsMarks(make: CongestionControllerFactory): void {
  const drive = new Drive(make)
  for (let round = 0; round < 5; round++) drive.round()
  const before = drive.controller.window
  drive.controller.congestionExperienced(drive.now, drive.now + RTT)
  expect(drive.controller.window <= before, 'the window grew')
}

function collapses(make: CongestionControllerFactory): void {
  const drive = new Drive(make)
  for (let round = 0; round < 5; round++) drive.round()
  drive.lose()
  drive.controller.persistentCongestion(drive.now)
  expect(drive.controller.window === minimumWindow(DATAGRAM), `${drive.controller.window} bytes are left`)
  drive.now += RTT
  drive.round()
  expect(drive.controller.window > minimumWindow(DATAGRAM), 'it does not recover')
}

function resets(make: CongestionControllerFactory): void {
  const drive = new Drive(make)
  for (let round = 0; round < 5; round++) drive.round()
  drive.lose()
  drive.controller.reset()
  const fresh = make(DATAGRAM, even)
  expect(drive.controller.window === fresh.window, `${drive.controller.window} bytes`)
  expect(drive.controller.slowStartThreshold === fresh.slowStartThreshold, 'the slow start threshold is left')
}

/** Plays a path with a fixed round trip to one controller. */
class Drive {
  now: Instant = 1000
  readonly controller: CongestionController
  readonly #rtt = new RttEstimator()
  readonly #acks: AckBatch
  #delivered = 0
  readonly #losses = new LossBatch()

  constructor(make: CongestionControllerFactory) {
    this.controller = make(DATAGRAM, even)
    this.#rtt.sample(RTT, 0, 0, this.now)
    this.#acks = new AckBatch(this.#rtt)
  }

  /** A whole window leaves, or `flight` bytes of it, and is acknowledged one round trip later in frames of two packets each. */
  round(applicationLimited = false, flight = this.controller.window): void {
    const sentAt = this.now
    this.now += RTT
    for (let bytes = Math.min(flight, this.controller.window); bytes > 0; bytes -= 2 * DATAGRAM) {
      this.acknowledge(Math.min(bytes, 2 * DATAGRAM), sentAt, applicationLimited, flight)
    }
    this.now += 1
  }

  acknowledge(bytes: number, sentAt: Instant = this.now, applicationLimited = false, flight = this.controller.window): void {
    const batch = this.#acks
    batch.now = this.now
    batch.bytes = bytes
    batch.oldestSentAt = sentAt
    batch.newestSentAt = sentAt
    batch.priorBytesInFlight = flight
    batch.bytesInFlight = flight - bytes
    batch.underused = 2 * flight < this.controller.window
    batch.applicationLimited = applicationLimited
    batch.rttSample = this.now > sentAt ? this.now - sentAt : RTT
    this.#delivered += bytes
    const { sample } = batch
    sample.rate = bytes / RTT
    sample.delivered = bytes
    sample.priorDelivered = Math.max(0, this.#delivered - flight)
    sample.bytesInFlight = flight
    sample.applicationLimited = applicationLimited
    sample.totalDelivered = this.#delivered
    this.controller.packetsAcknowledged(batch)
  }

  lose(sentAt: Instant = this.now): void {
    const batch = this.#losses
    batch.now = this.now
    batch.bytes = DATAGRAM
    batch.runs = 1
    batch.newestSize = DATAGRAM
    batch.newestBytesInFlight = this.controller.window
    batch.lostSinceNewest = DATAGRAM
    batch.totalDelivered = this.#delivered
    batch.newestSentAt = sentAt
    batch.bytesInFlight = this.controller.window - DATAGRAM
    this.controller.packetsLost(batch)
  }
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new ComplianceError(otherwise)
}
