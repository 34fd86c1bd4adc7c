// The phases of Careful Resume, one by one. RFC 9959.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RttEstimator } from '../recovery/rtt.ts'
import { CarefulResume, type SavedPath } from './careful-resume.ts'
import { AckBatch, LossBatch } from './controller.ts'
import { Cubic } from './cubic.ts'
import { NewReno } from './new-reno.ts'

const DATAGRAM = 1200
const INITIAL = 10 * DATAGRAM
const SAVED = 1_000_000
const RTT = 100

interface Acknowledging {
  readonly limited?: boolean
  readonly priorBytesInFlight?: number
  /** Milliseconds since the newest packet left. */
  readonly sentBefore?: number
}

/** A sender that always has enough to send: what the window allows is in flight. */
class Sender {
  readonly inner = new NewReno(DATAGRAM)
  readonly controller: CarefulResume
  readonly rtt = new RttEstimator()
  now = 0

  constructor(saved: SavedPath = { window: SAVED, rttMillis: RTT }, measured = RTT) {
    this.controller = new CarefulResume(this.inner, saved, DATAGRAM)
    this.rtt.sample(measured, 0, 0, 0)
  }

  /** An ACK frame that comes a round trip after its newest packet left. */
  acknowledge(bytes: number, { limited = false, priorBytesInFlight = this.controller.window, sentBefore = RTT }: Acknowledging = {}): void {
    const batch = new AckBatch(this.rtt)
    batch.now = this.now
    batch.bytes = bytes
    batch.newestSentAt = batch.oldestSentAt = this.now - sentBefore
    batch.priorBytesInFlight = priorBytesInFlight
    batch.bytesInFlight = priorBytesInFlight - bytes
    batch.applicationLimited = limited
    this.controller.packetsAcknowledged(batch)
  }

  lose(): void {
    const batch = new LossBatch()
    batch.now = this.now
    batch.bytes = DATAGRAM
    batch.newestSentAt = this.now - RTT
    this.controller.packetsLost(batch)
  }

  /** To where the jump begins. */
  jump(): void {
    this.now += RTT
    this.acknowledge(INITIAL)
    assert.equal(this.controller.phase, 'unvalidated')
  }
}

describe('reconnaissance', () => {
  test('the window is the initial one until all of it is acknowledged, then half of what was saved', () => {
    const sender = new Sender()
    assert.equal(sender.controller.window, INITIAL)
    sender.now += RTT
    sender.acknowledge(INITIAL - 1, { priorBytesInFlight: INITIAL })
    assert.equal(sender.controller.phase, 'reconnaissance')
    sender.acknowledge(1, { priorBytesInFlight: INITIAL })
    assert.deepEqual([sender.controller.phase, sender.controller.window], ['unvalidated', SAVED / 2])
    assert.equal(sender.controller.pacingRate, SAVED / 2 / RTT, 'it takes a whole round trip (section 4.3.2)')
  })

  for (const [what, measured] of [
    ['half as long', RTT / 2],
    ['more than ten times as long', 10 * RTT + 1],
  ] as const) {
    test(`a round trip ${what} is another path: nothing is resumed`, () => {
      const sender = new Sender(undefined, measured)
      sender.now += RTT
      sender.acknowledge(INITIAL)
      assert.deepEqual([sender.controller.phase, sender.controller.window], ['normal', 2 * INITIAL])
    })
  }

  test('a loss, or a saved window that slow start has passed, ends it', () => {
    const lossy = new Sender()
    lossy.now += RTT
    lossy.lose()
    assert.deepEqual([lossy.controller.phase, lossy.controller.window, lossy.controller.retreated], ['normal', INITIAL / 2, false])
    const small = new Sender({ window: 4 * INITIAL, rttMillis: RTT })
    small.now += RTT
    small.acknowledge(INITIAL)
    assert.equal(small.controller.phase, 'normal')
  })

  test('a sender with little to say does not jump', () => {
    const sender = new Sender()
    for (let i = 0; i < 5; i++) {
      sender.now += RTT
      sender.acknowledge(INITIAL, { limited: true })
    }
    assert.deepEqual([sender.controller.phase, sender.controller.window], ['reconnaissance', INITIAL])
  })
})

describe('the jump', () => {
  test('is validated by its acknowledgements, and the other controller goes on from what was in flight', () => {
    const sender = new Sender()
    sender.jump()
    sender.now += RTT / 2
    sender.acknowledge(DATAGRAM, { priorBytesInFlight: 300_000 })
    assert.deepEqual([sender.controller.phase, sender.controller.window], ['unvalidated', SAVED / 2], 'that one left before the jump')
    sender.now += RTT / 2
    sender.acknowledge(DATAGRAM, { priorBytesInFlight: 400_000 })
    const flight = 400_000 - DATAGRAM
    assert.deepEqual([sender.controller.phase, sender.controller.window], ['validating', flight], 'what is in flight (section 3.3)')
    sender.now += RTT / 2
    sender.acknowledge(100 * DATAGRAM)
    const grown = flight + 100 * DATAGRAM
    assert.deepEqual([sender.controller.phase, sender.controller.window], ['validating', grown], 'slow start goes on (section 3.4)')
    sender.now += RTT / 2
    sender.acknowledge(DATAGRAM)
    assert.deepEqual(
      [sender.controller.phase, sender.controller.window, sender.inner.window],
      ['normal', grown + DATAGRAM, grown + DATAGRAM],
    )
    assert.ok(sender.controller.inSlowStart)
    assert.deepEqual([sender.controller.jumped, sender.controller.retreated], [true, false])
  })

  test('is over as soon as all of it has left (RFC 9959 section 3.3)', () => {
    const sender = new Sender()
    sender.jump()
    sender.now += RTT / 2
    sender.acknowledge(DATAGRAM, { priorBytesInFlight: SAVED / 2 })
    assert.deepEqual([sender.controller.phase, sender.controller.window], ['validating', SAVED / 2])
    sender.acknowledge(SAVED / 2 - DATAGRAM, { priorBytesInFlight: SAVED / 2 - DATAGRAM })
    assert.equal(sender.controller.phase, 'normal', 'nothing is in flight any more')
  })

  test('is over after a round trip, whatever has arrived (RFC 9959 section 3.3)', () => {
    const sender = new Sender()
    sender.jump()
    sender.now += RTT + 1
    sender.acknowledge(DATAGRAM, { priorBytesInFlight: 300_000, sentBefore: 2 * RTT })
    assert.deepEqual([sender.controller.phase, sender.controller.window], ['validating', 300_000 - DATAGRAM])
  })

  test('reaches no more than 16 MiB', () => {
    const sender = new Sender({ window: 2 ** 30, rttMillis: RTT })
    sender.jump()
    assert.equal(sender.controller.window, 2 ** 24)
  })

  test('is given up when the round trip shrinks under way: the path is another (RFC 9959 section 3.3)', () => {
    const sender = new Sender()
    sender.jump()
    sender.rtt.sample(RTT / 2, 0, 0, sender.now)
    sender.now += RTT / 2
    sender.acknowledge(DATAGRAM)
    assert.deepEqual([sender.controller.phase, sender.controller.retreated], ['safeRetreat', true])
  })

  test('is not made where another connection uses what was saved (RFC 9959 section 4.2)', () => {
    const sender = new Sender({ window: SAVED, rttMillis: RTT, claim: () => false })
    sender.now += RTT
    sender.acknowledge(INITIAL)
    assert.deepEqual([sender.controller.phase, sender.controller.window, sender.controller.jumped], ['normal', 2 * INITIAL, false])
  })

  test('that was not used proves nothing: the window is what the path is known to hold, and never less than the initial one', () => {
    const sender = new Sender()
    sender.jump()
    sender.now += RTT
    sender.acknowledge(INITIAL, { priorBytesInFlight: INITIAL })
    assert.deepEqual([sender.controller.phase, sender.controller.window], ['normal', INITIAL])
  })

  for (const [what, congest] of [
    ['loss', (sender: Sender) => sender.lose()],
    ['congestion mark', (sender: Sender) => sender.controller.congestionExperienced(sender.now, sender.now)],
  ] as const) {
    for (const phase of ['unvalidated', 'validating'] as const) {
      test(`a ${what} while ${phase} is a safe retreat to half of what is proved, once`, () => {
        const sender = new Sender()
        sender.jump()
        const inFlight = phase === 'unvalidated' ? INITIAL : 400_000
        if (phase === 'validating') {
          sender.now += RTT
          sender.acknowledge(DATAGRAM, { priorBytesInFlight: inFlight })
        } else {
          sender.now += RTT / 2
          sender.acknowledge(10 * DATAGRAM, { priorBytesInFlight: INITIAL })
        }
        assert.equal(sender.controller.phase, phase)
        congest(sender)
        const { window } = sender.controller
        assert.deepEqual([sender.controller.phase, sender.controller.retreated], ['safeRetreat', true])
        assert.ok(window <= INITIAL && window >= 2 * DATAGRAM, `${window} bytes`)
        congest(sender)
        assert.equal(sender.controller.window, window)
        // Acknowledgements of what left before tell how much the path holds; one of what left since ends the retreat.
        sender.acknowledge(20 * DATAGRAM)
        assert.deepEqual([sender.controller.phase, sender.controller.window], ['safeRetreat', window])
        const threshold = sender.controller.slowStartThreshold
        sender.now += 2 * RTT
        sender.acknowledge(0)
        assert.deepEqual([sender.controller.phase, sender.controller.window], ['normal', window])
        assert.equal(sender.controller.slowStartThreshold, threshold)
        assert.ok(threshold < SAVED / 4)
      })
    }
  }

  test('persistent congestion and a change of path end it', () => {
    for (const end of ['persistentCongestion', 'reset'] as const) {
      const sender = new Sender()
      sender.jump()
      sender.controller[end](sender.now)
      assert.equal(sender.controller.phase, 'normal')
      assert.equal(sender.controller.window, end === 'reset' ? INITIAL : 2 * DATAGRAM)
    }
    const retried = new Sender()
    retried.controller.reset()
    retried.jump()
  })

  test('CUBIC goes on too', () => {
    const cubic = new Cubic(DATAGRAM)
    cubic.continueAt(400_000, 200_000)
    assert.deepEqual([cubic.window, cubic.slowStartThreshold, cubic.inSlowStart], [400_000, 200_000, false])
  })
})
