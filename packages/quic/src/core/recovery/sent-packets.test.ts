import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { INITIAL_TRACKED_PACKETS, MAX_TRACKED_PACKETS } from './limits.ts'
import type { ChunkOwner, SentPacket } from './sent-packet.ts'
import { SentPackets } from './sent-packets.ts'

function send(ledger: SentPackets, inFlight = true): SentPacket {
  const packet = ledger.begin()
  packet.ackEliciting = inFlight
  packet.inFlight = inFlight
  ledger.commit(packet, 1200, packet.number)
  return packet
}

describe('the ledger of sent packets', () => {
  test('one that is retired knows no packet any more, whatever was out', () => {
    const ledger = new SentPackets()
    const packet = send(ledger)
    ledger.retire()
    assert.equal(packet.chunkCount, 0)
    assert.equal(ledger.lookup(packet.number), null)
    assert.equal(ledger.oldest, ledger.next)
  })

  test('a packet that was begun and not committed was never sent', () => {
    const ledger = new SentPackets()
    const draft = ledger.begin()
    draft.addFrame({ type: 'ping' })
    const again = ledger.begin()
    assert.equal(again.number, 0)
    assert.equal(again.frameCount, 0)
    assert.equal(ledger.next, 0)
    assert.equal(ledger.lookup(0), null)
  })

  test('only the packet begun last can be committed, and only once', () => {
    const ledger = new SentPackets()
    const packet = send(ledger)
    assert.throws(() => ledger.commit(packet, 1200, 0), RangeError)
  })

  test('it grows while packets are in flight, and finds every one of them', () => {
    const ledger = new SentPackets()
    for (let i = 0; i < 1000; i++) send(ledger)
    for (let number = 0; number < 1000; number++) {
      const packet = ledger.lookup(number)!
      assert.deepEqual([packet.number, packet.sentAt, packet.state], [number, number, 'outstanding'])
    }
    assert.equal(ledger.lookup(1000), null)
  })

  test('what is settled is used for the next packet: nothing is made but for packets in flight at once', () => {
    const ledger = new SentPackets()
    const seen = new Set<SentPacket>()
    for (let i = 0; i < 1000; i++) {
      const packet = send(ledger)
      seen.add(packet)
      ledger.settle(packet, 'acknowledged')
      ledger.advance()
    }
    assert.equal(seen.size, 1)
  })

  test('packets that hold only ACK frames are forgotten rather than let it grow', () => {
    const ledger = new SentPackets()
    const seen = new Set<SentPacket>()
    for (let i = 0; i < 10_000; i++) seen.add(send(ledger, false))
    assert.equal(seen.size, INITIAL_TRACKED_PACKETS)
    assert.equal(ledger.lookup(9_999)!.number, 9_999)
  })

  test('it has a limit', () => {
    const ledger = new SentPackets()
    for (let i = 0; i < MAX_TRACKED_PACKETS; i++) send(ledger)
    assert.ok(ledger.isFull)
    assert.throws(() => ledger.begin(), RangeError)
    ledger.settle(ledger.lookup(0)!, 'lost')
    ledger.advance()
    assert.equal(send(ledger).number, MAX_TRACKED_PACKETS)
  })

  test('a skipped number is passed over, and known as such', () => {
    const ledger = new SentPackets()
    send(ledger)
    ledger.skip()
    assert.equal(send(ledger).number, 2)
    assert.equal(ledger.lookup(1)!.state, 'skipped')
  })
})

describe('a sent packet', () => {
  test('tells the owners of its bytes what became of them, then lets go of them', () => {
    const told: string[] = []
    const owner: ChunkOwner = {
      chunkDelivered: (offset, length, fin) => told.push(`delivered ${offset} ${length} ${fin}`),
      chunkLost: (offset, length, fin) => told.push(`lost ${offset} ${length} ${fin}`),
    }
    const ledger = new SentPackets()
    const packet = ledger.begin()
    packet.addChunk(owner, 0, 10, false)
    packet.addChunk(owner, 30, 0, true)
    assert.ok(packet.ackEliciting && packet.inFlight)
    packet.loseChunks()
    packet.deliverChunks()
    assert.deepEqual(told, ['lost 0 10 false', 'lost 30 0 true', 'delivered 0 10 false', 'delivered 30 0 true'])
    const chunks = packet.chunks.map(({ offset, length, fin }) => [offset, length, fin])
    assert.deepEqual(chunks, [
      [0, 10, false],
      [30, 0, true],
    ])
    ledger.commit(packet, 100, 0)
    ledger.settle(packet, 'acknowledged')
    packet.deliverChunks()
    assert.equal(told.length, 4)
    assert.equal(packet.chunkCount, 0)
  })
})
