import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeliveredRun } from './delivered-run.ts'
import { type ChunkOwner, SentPacket } from './sent-packet.ts'

class Owner implements ChunkOwner {
  readonly heard: string[] = []

  chunkDelivered(offset: number, length: number, fin: boolean): void {
    this.heard.push(`${offset}+${length}${fin ? ' fin' : ''}`)
  }

  chunkLost(): void {}
}

/** A packet that was acknowledged, with chunks of [owner, offset, length, fin]. */
function packet(...chunks: readonly [Owner, number, number, boolean][]): SentPacket {
  const packet = new SentPacket()
  packet.reset(0)
  for (const [owner, offset, length, fin] of chunks) packet.addChunk(owner, offset, length, fin)
  return packet
}

test('an owner hears once of bytes that follow each other in packets', () => {
  const [owner, run] = [new Owner(), new DeliveredRun()]
  for (const offset of [0, 10, 20]) packet([owner, offset, 10, false]).deliverChunks(run)
  assert.deepEqual(owner.heard, [])
  run.flush()
  run.flush()
  assert.deepEqual(owner.heard, ['0+30'])
})

test('a gap, or bytes of another owner, begin a new run', () => {
  const [one, other, run] = [new Owner(), new Owner(), new DeliveredRun()]
  packet([one, 0, 10, false]).deliverChunks(run)
  packet([one, 20, 10, false]).deliverChunks(run)
  packet([other, 30, 10, false]).deliverChunks(run)
  packet([one, 40, 10, false]).deliverChunks(run)
  run.flush()
  assert.deepEqual(one.heard, ['0+10', '20+10', '40+10'])
  assert.deepEqual(other.heard, ['30+10'])
})

test('a FIN, and packets of several chunks, are told after what came before them', () => {
  const [owner, run] = [new Owner(), new DeliveredRun()]
  packet([owner, 0, 10, false]).deliverChunks(run)
  packet([owner, 10, 10, false], [owner, 50, 5, false]).deliverChunks(run)
  packet([owner, 20, 10, false]).deliverChunks(run)
  packet([owner, 30, 0, true]).deliverChunks(run)
  assert.deepEqual(owner.heard, ['0+10', '10+10', '50+5', '20+10', '30+0 fin'])
})
