import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RttEstimator } from '../recovery/rtt.ts'
import { COMPLIANCE, ComplianceError } from './compliance.ts'
import { AckBatch, LossBatch } from './controller.ts'
import { NewReno } from './new-reno.ts'
import { initialWindow, minimumWindow } from './window.ts'

const DATAGRAM = 1200

describe('NewReno complies: the window', () => {
  for (const rule of COMPLIANCE) test(rule.name, () => rule.check((size) => new NewReno(size)))
})

describe('the compliance suite catches a controller that', () => {
  class Reckless extends NewReno {
    override packetsLost(): void {}
    override persistentCongestion(): void {}
  }
  class Eager extends NewReno {
    override packetsAcknowledged(batch: AckBatch): void {
      this.window += batch.bytes
    }
  }
  const broken = (make: (size: number) => NewReno): string[] =>
    COMPLIANCE.filter((rule) => {
      try {
        rule.check(make)
        return false
      } catch (error) {
        assert.ok(error instanceof ComplianceError)
        return true
      }
    }).map((rule) => /RFC [\d. ]+/.exec(rule.name)![0])

  test('ignores losses', () => {
    assert.deepEqual(
      broken((size) => new Reckless(size)),
      ['RFC 9002 7.3.2', 'RFC 9002 7.6.2'],
    )
  })

  test('grows whether it is used or not', () => {
    assert.deepEqual(
      broken((size) => new Eager(size)),
      ['RFC 9002 7.8', 'RFC 9002 7.8'],
    )
  })
})

describe('windows (RFC 9002 7.2)', () => {
  test('the initial one is ten datagrams, 14,720 bytes at most, yet two datagrams at least', () => {
    assert.equal(initialWindow(1200), 12_000)
    assert.equal(initialWindow(1472), 14_720)
    assert.equal(initialWindow(1500), 14_720)
    assert.equal(initialWindow(9000), 18_000)
    assert.equal(minimumWindow(1200), 2400)
  })

  test('a fresh window follows the datagram size; one in use does not', () => {
    const fresh = new NewReno(DATAGRAM)
    fresh.datagramSizeChanged(1400)
    assert.equal(fresh.window, 14_000)
    const used = new NewReno(DATAGRAM)
    used.packetsLost(loss(0, 10))
    used.datagramSizeChanged(1400)
    assert.equal(used.window, 6000)
    used.persistentCongestion(20)
    used.datagramSizeChanged(1500)
    assert.equal(used.window, 3000)
  })
})

describe('NewReno (RFC 9002 7.3, appendix B)', () => {
  test('in slow start the window grows by what is acknowledged', () => {
    const reno = new NewReno(DATAGRAM)
    reno.packetsAcknowledged(acked(2400, 5))
    assert.equal(reno.window, 14_400)
    assert.ok(reno.inSlowStart)
  })

  test('a loss halves the window and ends slow start', () => {
    const reno = new NewReno(DATAGRAM)
    reno.packetsLost(loss(5, 50))
    assert.equal(reno.window, 6000)
    assert.equal(reno.slowStartThreshold, 6000)
    assert.ok(!reno.inSlowStart)
  })

  test('a congestion mark counts as a loss', () => {
    const reno = new NewReno(DATAGRAM)
    reno.congestionExperienced(5, 50)
    assert.equal(reno.window, 6000)
    reno.packetsLost(loss(50, 60))
    assert.equal(reno.window, 6000)
    reno.packetsLost(loss(51, 61))
    assert.equal(reno.window, 3000)
  })

  test('what left before the recovery period does not make the window grow', () => {
    const reno = new NewReno(DATAGRAM)
    reno.packetsLost(loss(5, 50))
    reno.packetsAcknowledged(acked(60_000, 50))
    assert.equal(reno.window, 6000)
  })

  test('in congestion avoidance a whole window acknowledged adds one datagram', () => {
    const reno = new NewReno(DATAGRAM)
    reno.packetsLost(loss(5, 50))
    for (let i = 0; i < 4; i++) reno.packetsAcknowledged(acked(DATAGRAM, 60 + i))
    assert.equal(reno.window, 6000)
    reno.packetsAcknowledged(acked(DATAGRAM, 64))
    assert.equal(reno.window, 7200)
  })

  test('slow start after persistent congestion ends at the threshold', () => {
    const reno = new NewReno(DATAGRAM)
    reno.packetsLost(loss(5, 50))
    reno.persistentCongestion(60)
    assert.equal(reno.window, 2400)
    assert.ok(reno.inSlowStart)
    reno.packetsAcknowledged(acked(2400, 70))
    assert.equal(reno.window, 4800)
    reno.packetsAcknowledged(acked(4800, 80))
    assert.equal(reno.window, 6000)
    assert.ok(!reno.inSlowStart)
  })
})

function acked(bytes: number, sentAt: number): AckBatch {
  const batch = new AckBatch(new RttEstimator())
  return Object.assign(batch, { now: sentAt + 50, bytes, oldestSentAt: sentAt, newestSentAt: sentAt })
}

function loss(newestSentAt: number, now: number): LossBatch {
  return Object.assign(new LossBatch(), { now, bytes: DATAGRAM, newestSentAt })
}
