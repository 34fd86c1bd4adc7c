// draft-ietf-ccwg-bbr section 4.1, and what Flight hands to controllers.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AckBatch, LossBatch } from '../congestion/controller.ts'
import { NewReno } from '../congestion/new-reno.ts'
import { DATAGRAM, VirtualPath } from './testing/virtual-path.ts'

/** Keeps what it is told. */
class Listening extends NewReno {
  readonly samples: AckBatch['sample'][] = []
  readonly losses: LossBatch[] = []
  readonly disproved: number[] = []
  holdsBack = false

  override packetsAcknowledged(batch: Readonly<AckBatch>): void {
    this.samples.push({ ...batch.sample })
    super.packetsAcknowledged(batch)
  }

  override packetsLost(batch: Readonly<LossBatch>): void {
    this.losses.push({ ...batch })
    super.packetsLost(batch)
  }

  congestionDisproved(now: number): void {
    this.disproved.push(now)
  }
}

function listening(): { path: VirtualPath; controller: Listening } {
  const controller = new Listening(DATAGRAM)
  return { path: new VirtualPath({ controller }), controller }
}

describe('delivery-rate samples', () => {
  test('are the bytes delivered in the time between two deliveries (4.1.1.2.1)', () => {
    const { path, controller } = listening()
    // One packet a millisecond, each acknowledged 50 ms later: 1200 bytes a millisecond.
    for (let at = 0; at < 200; at++) {
      path.at(at).send()
      if (at >= 50) path.ack([[0, at - 50]])
    }
    const { rate, delivered, priorDelivered, bytesInFlight, totalDelivered } = controller.samples.at(-1)!
    assert.equal(rate, DATAGRAM)
    // Each leaves just before an acknowledgement comes, so the delivery before it was a millisecond ago.
    assert.equal(delivered, 51 * DATAGRAM)
    assert.equal(priorDelivered + delivered, totalDelivered)
    assert.equal(totalDelivered, 150 * DATAGRAM)
    assert.equal(bytesInFlight, 51 * DATAGRAM)
  })

  test('never exceed the rate of sending, however compressed the acknowledgements come (4.1.1.2.3)', () => {
    const { path, controller } = listening()
    for (let at = 0; at < 20; at++) path.at(at * 5).send()
    path.at(100).ack([0])
    for (let number = 1; number < 20; number++) path.at(101 + number / 100).ack([[0, number]])
    for (const { rate } of controller.samples) assert.ok(rate <= DATAGRAM / 4, `${rate} bytes a millisecond, sent at 240`)
  })

  test('are marked for a round trip after the application had nothing to send (4.1.1.3)', () => {
    const { path, controller } = listening()
    path.send(2)
    path.recovery.applicationLimited(0)
    path.at(10).send(2)
    path.at(50).ack([[0, 1]])
    path.at(60).ack([[0, 3]])
    path.at(61).send(5)
    path.at(120).ack([[0, 8]])
    assert.deepEqual(
      controller.samples.map((sample) => sample.applicationLimited),
      [false, true, false],
    )
  })

  test('are marked while the controller holds back on purpose', () => {
    const { path, controller } = listening()
    controller.holdsBack = true
    path.send(2)
    path.at(50).ack([0])
    path.send()
    path.at(100).ack([[0, 2]])
    assert.equal(controller.samples.at(-1)!.applicationLimited, true)
  })

  test('say what was lost since their packet left', () => {
    const { path, controller } = listening()
    path.send(10)
    path.at(50).ack([[6, 9], [3, 3], 0])
    assert.equal(controller.samples.at(-1)!.lost, 4 * DATAGRAM)
    const [loss] = controller.losses
    assert.equal(loss!.bytes, 4 * DATAGRAM)
    assert.equal(loss!.runs, 2, 'packets 1 and 2, packets 4 and 5')
    assert.equal(loss!.newestBytesInFlight, 6 * DATAGRAM)
    assert.equal(loss!.lostSinceNewest, 4 * DATAGRAM)
  })
})

describe('spurious losses (RFC 9002 6.1.1)', () => {
  test('are counted, raise the reordering threshold, and take the reduction back', () => {
    const { path, controller } = listening()
    path.send(8)
    path.at(50).ack([[4, 6]])
    assert.deepEqual(path.lost, ['0', '1', '2', '3'])
    assert.equal(path.recovery.packetThreshold, 3)
    path.at(51).ack([[1, 6]])
    assert.equal(path.recovery.stats.packetsLostSpuriously, 3)
    assert.deepEqual(controller.disproved, [], 'packet 0 may be lost still')
    path.at(52).ack([[0, 6]])
    assert.equal(path.recovery.stats.packetsLostSpuriously, 4)
    assert.deepEqual(controller.disproved, [52])
    assert.equal(path.recovery.packetThreshold, 7)
    path.at(53).ack([[0, 6]])
    assert.equal(path.recovery.stats.packetsLostSpuriously, 4, 'what is stated again is not counted again')
  })

  test('a real loss stays one', () => {
    const { path, controller } = listening()
    path.send(8)
    for (let at = 50; at < 55; at++) path.at(at).ack([[1, 7]])
    assert.equal(path.recovery.stats.packetsLost, 1)
    assert.equal(path.recovery.stats.packetsLostSpuriously, 0)
    assert.deepEqual(controller.disproved, [])
  })
})

test('another controller takes over what is in flight', () => {
  const { path, controller } = listening()
  path.send(5)
  const next = new Listening(DATAGRAM)
  path.recovery.useController(next, 10)
  assert.equal(path.recovery.controller, next)
  assert.equal(path.recovery.bytesInFlight, 5 * DATAGRAM)
  path.at(50).ack([[0, 4]])
  assert.equal(controller.samples.length, 0)
  assert.equal(next.samples.length, 1)
  assert.equal(path.recovery.bytesInFlight, 0)
})

test('the first probe timeout follows the initial round trip, or what was asked for (RFC 9002 6.2.1, 6.2.2)', () => {
  const first = (options: { initialRttMillis?: number; initialProbeTimeoutMillis?: number }): number =>
    Math.round(new VirtualPath(options).recovery.ptoDuration('initial'))
  assert.equal(first({}), 999)
  assert.equal(first({ initialRttMillis: 100 }), 300)
  assert.equal(first({ initialProbeTimeoutMillis: 500 }), 500)
  const path = new VirtualPath({ initialProbeTimeoutMillis: 500 })
  path.send()
  path.at(40).ack([0])
  assert.equal(path.recovery.ptoDuration('initial'), 40 + 4 * 20)
})
