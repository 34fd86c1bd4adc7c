import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AckRanges } from '../wire/ack.ts'
import { ECT_0, NOT_ECT, PathEcn } from './ecn.ts'
import { EcnMarks } from './ecn-marks.ts'

const PTO = 100

/** A path, and one packet-number space of it. */
class Probe {
  ecn = new PathEcn(true)
  readonly marks = new EcnMarks()

  /** Sends so many packets as the path wants them, and returns how many were marked. */
  send(count: number, now = 0): number {
    let marked = 0
    for (let i = 0; i < count; i++) {
      if (this.ecn.codepoint(now) !== ECT_0) continue
      this.ecn.sent(now, PTO)
      this.marks.sent++
      marked++
    }
    return marked
  }

  /** Another path is taken, in the same packet-number space. */
  move(): void {
    this.ecn = new PathEcn(true)
  }

  /** An ACK frame with counts, or without. */
  ack(marked: number, counts: { ect0?: number; ect1?: number; ce?: number } | null, isNewest = true): boolean {
    const ack = Object.assign(new AckRanges(), { hasEcn: counts !== null, ect0: 0, ect1: 0, ce: 0, ...counts })
    return this.ecn.acknowledged(this.marks, ack, marked, isNewest)
  }
}

describe('testing a path for ECN (RFC 9000 section 13.4.2, appendix A.4)', () => {
  test('ten packets are marked, then none until it is known what became of them', () => {
    const path = new Probe()
    assert.equal(path.send(12), 10)
    assert.equal(path.ecn.state, 'unknown')
    path.ack(3, { ect0: 3 })
    assert.equal(path.ecn.state, 'capable')
    assert.equal(path.send(100), 100)
  })

  test('or those of three probe timeouts', () => {
    const path = new Probe()
    path.send(1, 50)
    assert.equal(path.ecn.codepoint(50 + 3 * PTO - 1), ECT_0)
    assert.equal(path.ecn.codepoint(50 + 3 * PTO), NOT_ECT)
    assert.equal(path.ecn.state, 'unknown')
  })

  test('it fails when all of them are lost, and not before', () => {
    const path = new Probe()
    path.send(11)
    for (let i = 0; i < 9; i++) path.ecn.lost()
    assert.equal(path.ecn.state, 'unknown')
    path.ecn.lost()
    assert.equal(path.ecn.state, 'failed')
    assert.equal(path.ecn.codepoint(0), NOT_ECT)
  })

  test('it fails when all of them come marked CE, and nobody slows down for that', () => {
    const path = new Probe()
    path.send(11)
    assert.equal(path.ack(6, { ce: 6 }), false)
    assert.equal(path.ecn.state, 'unknown')
    assert.equal(path.ack(4, { ce: 10 }), false)
    assert.equal(path.ecn.state, 'failed')
  })

  test('packets of which nobody will hear are replaced by others', () => {
    const path = new Probe()
    assert.equal(path.send(11), 10)
    path.ecn.forgotten(4)
    assert.equal(path.ecn.state, 'testing')
    assert.equal(path.send(11), 4)
  })

  test('a path that is switched off stays so, whatever comes', () => {
    const off = new PathEcn(false)
    off.forgotten(1)
    off.lost()
    const ack = Object.assign(new AckRanges(), { hasEcn: true, ect0: 1 })
    assert.equal(off.acknowledged(new EcnMarks(), ack, 0, true), false)
    assert.deepEqual([off.state, off.codepoint(0)], ['off', NOT_ECT])
  })

  test('another path is tested anew (section 9.4)', () => {
    const path = new Probe()
    path.send(1)
    path.ack(1, null)
    assert.equal(path.ecn.state, 'failed')
    path.move()
    assert.equal(path.send(11), 10)
    path.ack(2, { ect0: 2 })
    assert.equal(path.ecn.state, 'capable')
  })
})

describe('the counts of an ACK frame (RFC 9000 section 13.4.2.1)', () => {
  const cases: readonly [string, (path: Probe) => unknown][] = [
    ['are missing', (path) => path.ack(1, null)],
    ['do not cover what is newly acknowledged', (path) => path.ack(3, { ect0: 1, ce: 1 })],
    ['tell of ECT(1), which was never sent', (path) => path.ack(1, { ect0: 1, ect1: 1 })],
    ['tell of more ECT(0) than was sent', (path) => path.ack(1, { ect0: 11 })],
    ['are fewer than before', (path) => [path.ack(4, { ect0: 4 }), path.ack(0, { ect0: 3 })]],
    ['hold fewer congestion marks than before', (path) => [path.ack(4, { ect0: 2, ce: 2 }), path.ack(1, { ect0: 5, ce: 1 })]],
  ]
  for (const [name, act] of cases) {
    test(`${name}: the path has failed, and marks are not believed any more`, () => {
      const path = new Probe()
      path.send(10)
      act(path)
      assert.equal(path.ecn.state, 'failed')
      assert.equal(path.ecn.codepoint(0), NOT_ECT)
      assert.equal(path.ack(1, { ect0: 9, ce: 100 }), false)
    })
  }

  test('may be missing where nothing marked is acknowledged, and be higher than what is acknowledged', () => {
    const path = new Probe()
    path.send(5)
    path.ack(0, null)
    assert.equal(path.ecn.state, 'testing')
    path.ack(2, { ect0: 5 })
    assert.equal(path.ecn.state, 'capable')
  })

  test('prove nothing in a frame that raises no largest number: it may have come late', () => {
    const path = new Probe()
    path.send(10)
    path.ack(5, { ect0: 5 })
    assert.equal(path.ack(2, { ect0: 1, ce: 3 }, false), false)
    path.ack(2, null, false)
    assert.equal(path.ecn.state, 'capable')
    path.ack(1, { ect0: 10 })
    assert.equal(path.ecn.state, 'capable')
  })

  test('tell of congestion when CE rises, once for each rise', () => {
    const path = new Probe()
    path.send(10)
    assert.equal(path.ack(5, { ect0: 4, ce: 1 }), true)
    assert.equal(path.ack(1, { ect0: 5, ce: 1 }), false)
    assert.equal(path.ack(2, { ect0: 5, ce: 3 }), true)
  })
})
