// Packets of a train share a record, and have the fates that they would have with one each.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { AckBatch, LossBatch } from '../congestion/controller.ts'
import { Cubic } from '../congestion/cubic.ts'
import { INITIAL_TRACKED_PACKETS, MAX_TRACKED_PACKETS } from './limits.ts'
import { PacketPile } from './packet-pile.ts'
import type { ChunkOwner } from './sent-packet.ts'
import { SentPackets } from './sent-packets.ts'
import { DATAGRAM, VirtualPath } from './testing/virtual-path.ts'

const SIZE = 1200
const LENGTH = 1000

function ledger(runs: readonly number[]): { sent: SentPackets; told: string[] } {
  const told: string[] = []
  const owner: ChunkOwner = {
    chunkDelivered: (offset, length) => told.push(`${offset / LENGTH} to ${(offset + length) / LENGTH - 1} delivered`),
    chunkLost: (offset, length) => told.push(`${offset / LENGTH} to ${(offset + length) / LENGTH - 1} lost`),
  }
  const sent = new SentPackets(new PacketPile())
  for (const count of runs) {
    const packet = sent.begin()
    packet.addRun(owner, packet.number * LENGTH, LENGTH, count)
    packet.marked = true
    packet.bytesInFlight = (packet.number + count) * SIZE
    sent.commit(packet, SIZE, 7)
  }
  return { sent, told }
}

describe('a run of packets in the ledger', () => {
  test('is one record, found by each of its numbers', () => {
    const { sent } = ledger([1, 10, 5])
    assert.equal(sent.next, 16)
    for (let number = 1; number <= 10; number++) assert.equal(sent.runOf(number), sent.runOf(1))
    const { number, last, count, bytes } = sent.runOf(10)!
    assert.deepEqual([number, last, count, bytes], [1, 10, 10, 10 * SIZE])
    assert.equal(sent.runOf(16), null)
  })

  test('is parted where the fate of its packets is', () => {
    const { sent, told } = ledger([10])
    const middle = sent.cut(3, 5)
    assert.deepEqual([middle.number, middle.last], [3, 5])
    for (const [from, to] of [
      [0, 2],
      [3, 5],
      [6, 9],
    ] as const) {
      for (let number = from; number <= to; number++) {
        const packet = sent.runOf(number)!
        assert.deepEqual([packet.number, packet.last, packet.size, packet.sentAt], [from, to, SIZE, 7])
        assert.ok(packet.marked && packet.inFlight && packet.ackEliciting && packet.state === 'outstanding')
        assert.equal(packet.bytesInFlight, (to + 1) * SIZE)
      }
    }
    middle.deliverChunks()
    sent.lookup(8)!.loseChunks()
    sent.runOf(9)!.loseChunks()
    assert.deepEqual(told, ['3 to 5 delivered', '8 to 8 lost', '9 to 9 lost'])
  })

  test('gives its place back when all of it is settled, and no sooner', () => {
    const pile = new PacketPile()
    const sent = new SentPackets(pile)
    const packet = sent.begin()
    packet.addRun({ chunkDelivered() {}, chunkLost() {} }, 0, LENGTH, 8)
    sent.commit(packet, SIZE, 0)
    sent.settle(sent.cut(0, 3), 'acknowledged')
    sent.advance()
    assert.equal(sent.oldest, 4)
    assert.equal(sent.lookup(3), null)
    sent.settle(sent.cut(4, 7), 'acknowledged')
    sent.advance()
    assert.deepEqual([sent.oldest, sent.next], [8, 8])
    assert.notEqual(pile.take(), pile.take())
  })

  test('may be as long as there is room, and no longer', () => {
    const { sent } = ledger([INITIAL_TRACKED_PACKETS - 1, 3 * INITIAL_TRACKED_PACKETS, 1])
    assert.equal(sent.runOf(INITIAL_TRACKED_PACKETS)!.count, 3 * INITIAL_TRACKED_PACKETS)
    const { room } = sent
    assert.equal(room, MAX_TRACKED_PACKETS - 4 * INITIAL_TRACKED_PACKETS)
    const packet = sent.begin()
    packet.addRun({ chunkDelivered() {}, chunkLost() {} }, 0, LENGTH, room + 1)
    assert.throws(() => sent.commit(packet, SIZE, 0), RangeError)
    packet.count = room
    sent.commit(packet, SIZE, 0)
    assert.ok(sent.isFull)
    assert.equal(sent.lookup(sent.next - 1)!.number, MAX_TRACKED_PACKETS - 1)
  })
})

/** Keeps what it is told. */
class Listening extends Cubic {
  readonly heard: unknown[] = []

  override packetsAcknowledged(batch: Readonly<AckBatch>): void {
    this.heard.push({ ...batch, rtt: null, sample: { ...batch.sample } })
    super.packetsAcknowledged(batch)
  }

  override packetsLost(batch: Readonly<LossBatch>): void {
    this.heard.push({ ...batch })
    super.packetsLost(batch)
  }
}

/** What happens next: a train of so many packets leaves, or those of the last so many numbers arrive of which a bit is set, or nothing for a while. */
type Step = { readonly train: number } | { readonly bits: readonly boolean[] } | { readonly millis: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ train: fc.integer({ min: 1, max: 44 }) }),
  fc.record({ bits: fc.array(fc.boolean(), { minLength: 1, maxLength: 70 }) }),
  fc.record({ millis: fc.integer({ min: 1, max: 400 }) }),
)

function twin(): VirtualPath {
  const path = new VirtualPath({ controller: new Listening(DATAGRAM), random: () => 2 ** 31 }, 1000).mark()
  path.recovery.handshakeConfirmed()
  return path
}

/** `left` keeps the numbers that were left out: nobody has received those. */
function take(path: VirtualPath, one: Step, inRuns: boolean, left: Set<number>): void {
  const { sent } = path.recovery.path.space
  if ('millis' in one) {
    path.recovery.applicationLimited(path.now)
    path.at(path.now + one.millis)
    path.recovery.wake(path.now)
    return
  }
  if ('train' in one) {
    const { next } = sent
    if (inRuns) path.sendRun(one.train)
    else path.send(1 + one.train)
    for (let number = next; number < sent.next; number++) if (sent.runOf(number)!.state === 'skipped') left.add(number)
    return
  }
  const ranges: [number, number][] = []
  one.bits.forEach((isSet, back) => {
    const number = sent.next - 1 - back
    if (!isSet || number < 0 || left.has(number)) return
    const lowest = ranges.at(-1)
    if (lowest !== undefined && lowest[0] === number + 1) lowest[0] = number
    else ranges.push([number, number])
  })
  if (ranges.length > 0) path.ack(ranges)
}

/** All that can be seen of a path. */
function state(path: VirtualPath): unknown {
  const { recovery, delivered, lost, probed, timeouts, bytesDelivered, bytesLost, controller } = path
  const { stats, bytesInFlight, rtt, packetThreshold, awaitsAcknowledgement } = recovery
  const { smoothed, variance, minimum } = rtt
  const { sent, elicitingInFlight, lossAt, largestAcknowledged } = recovery.path.space
  return {
    minutes: [delivered, lost, probed, timeouts, bytesDelivered, bytesLost],
    heard: (controller as Listening).heard,
    recovery: [
      stats,
      bytesInFlight,
      packetThreshold,
      awaitsAcknowledgement,
      recovery.congestionRoom(),
      recovery.wakeAt(),
      recovery.ecn.state,
    ],
    rtt: [smoothed, variance, minimum],
    space: [sent.oldest, sent.next, elicitingInFlight, lossAt, largestAcknowledged],
  }
}

test('whatever arrives of them, packets of runs are delivered, lost and probed for as packets that are remembered one by one (RFC 9002 section 6)', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
      const [one, other] = [twin(), twin()]
      const left = new Set<number>()
      for (const each of steps) {
        take(one, each, true, left)
        take(other, each, false, left)
        assert.deepEqual(state(one), state(other))
      }
    }),
    { numRuns: 200 },
  )
})
