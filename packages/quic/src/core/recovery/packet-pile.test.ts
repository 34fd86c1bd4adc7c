import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NewReno } from '../congestion/new-reno.ts'
import { MAX_PILED_PACKETS } from './limits.ts'
import { PacketPile } from './packet-pile.ts'
import { PathRecovery } from './path-recovery.ts'
import { ReceivedPackets } from './received-packets.ts'
import { SentPacket } from './sent-packet.ts'
import { SpaceState } from './space-state.ts'

test('what was put there last is taken first, and where there is none a new one is made', () => {
  const pile = new PacketPile()
  const [first, second] = [new SentPacket(), new SentPacket()]
  pile.put(first)
  pile.put(second)
  assert.equal(pile.take(), second)
  assert.equal(pile.take(), first)
  assert.notEqual(pile.take(), first)
})

test('a place on the pile keeps nothing of the connection that it served', () => {
  const pile = new PacketPile()
  const packet = new SentPacket()
  packet.path = new PathRecovery({
    controller: new NewReno(1200),
    maxDatagramSize: 1200,
    initialRttMillis: 333,
    ecn: true,
    space: new SpaceState('application'),
  })
  packet.acknowledges = new ReceivedPackets('application')
  pile.put(packet)
  assert.deepEqual([packet.path, packet.acknowledges], [null, null])
})

test('no more are kept than are worth their memory', () => {
  const pile = new PacketPile()
  const packets = Array.from({ length: MAX_PILED_PACKETS + 1 }, () => new SentPacket())
  for (const packet of packets) pile.put(packet)
  assert.equal(pile.take(), packets[MAX_PILED_PACKETS - 1])
})
