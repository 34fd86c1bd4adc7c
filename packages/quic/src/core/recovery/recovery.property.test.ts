// Recovery against a model, on a path that loses, delays, reorders and duplicates by seed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader, Writer } from '@millrace/bytes'
import fc from 'fast-check'
import { minimumWindow } from '../congestion/window.ts'
import type { SpaceName } from '../crypto/level.ts'
import { AckRanges, decodeAck } from '../wire/ack.ts'
import { ReceivedPackets } from './received-packets.ts'
import type { SentPacket } from './sent-packet.ts'
import { DATAGRAM, VirtualPath } from './testing/virtual-path.ts'

type Fate = 'lost' | 'delivered' | 'in flight'

/** Sends `total` packets, as window, pacer and probes allow, to a receiver that acknowledges as ours do. */
class Model {
  readonly path = new VirtualPath()
  readonly received = new ReceivedPackets('application')
  readonly fates = new Map<number, Fate>()
  /** What is on its way, either direction. */
  readonly travelling: { at: number; deliver: () => void }[] = []
  readonly #chance: () => number
  readonly #lossRate: number
  readonly #total: number

  constructor(chance: () => number, lossRate: number, total: number) {
    this.#chance = chance
    this.#lossRate = lossRate
    this.#total = total
    this.path.recovery.handshakeConfirmed()
    this.path.packetDelivered = (_space: SpaceName, packet: SentPacket) => this.#settled(packet, 'delivered')
    this.path.packetLost = (_space: SpaceName, packet: SentPacket) => this.#settled(packet, 'lost')
  }

  run(): void {
    for (let step = 0; step < 20_000; step++) {
      this.#send()
      this.#check()
      const next = Math.min(
        this.path.recovery.wakeAt() ?? Number.POSITIVE_INFINITY,
        this.received.ackAt() ?? Number.POSITIVE_INFINITY,
        this.#pacedUntil(),
        ...this.travelling.map(({ at }) => at),
      )
      if (next === Number.POSITIVE_INFINITY) return
      this.path.at(Math.max(this.path.now, next))
      this.#arrive()
      this.path.recovery.wake(this.path.now)
      if (this.received.ackWantedNow(this.path.now)) this.#acknowledge()
    }
    assert.fail('it does not come to an end')
  }

  #send(): void {
    const { recovery } = this.path
    while (recovery.probesWanted('application') > 0) {
      this.#sendOne()
      recovery.probeSent('application')
    }
    while (this.fates.size < this.#total && recovery.congestionRoom() >= DATAGRAM) {
      if (recovery.pacer.nextSendAt(this.path.now) > this.path.now) return
      const windowBefore = this.path.controller.window
      this.#sendOne()
      assert.equal(this.path.controller.window, windowBefore)
    }
    if (this.fates.size >= this.#total) recovery.applicationLimited(this.path.now)
  }

  #sendOne(): void {
    const number = this.path.recovery.begin('application').number
    this.path.send()
    this.fates.set(number, 'in flight')
    this.#launch(() => {
      if (!this.received.isDuplicate(number)) this.received.record(number, true, this.path.now)
    })
  }

  #acknowledge(): void {
    const bytes = new Uint8Array(600)
    const writer = new Writer(bytes)
    assert.ok(this.received.write(writer, this.path.now, 3))
    this.received.acknowledgementSent(this.path.now)
    this.#launch(() => {
      const ack = new AckRanges()
      const reader = new Reader(bytes, 0, writer.offset)
      decodeAck(reader, reader.u8(), ack)
      this.path.recovery.acknowledge('application', ack, (ack.delay * 8) / 1000, this.path.now)
    })
  }

  #launch(deliver: () => void): void {
    const copies = this.#chance() < this.#lossRate ? 0 : this.#chance() < 0.02 ? 2 : 1
    for (let i = 0; i < copies; i++) this.travelling.push({ at: this.path.now + 10 + this.#chance() ** 8 * 40, deliver })
  }

  #arrive(): void {
    const due = this.travelling.filter(({ at }) => at <= this.path.now).sort((a, b) => a.at - b.at)
    for (const one of due) {
      this.travelling.splice(this.travelling.indexOf(one), 1)
      one.deliver()
    }
  }

  #pacedUntil(): number {
    const { recovery } = this.path
    const waits = this.fates.size < this.#total && recovery.congestionRoom() >= DATAGRAM
    return waits ? recovery.pacer.nextSendAt(this.path.now) : Number.POSITIVE_INFINITY
  }

  #settled(packet: SentPacket, fate: Fate): void {
    assert.equal(this.fates.get(packet.number), 'in flight', `packet ${packet.number} is settled twice`)
    this.fates.set(packet.number, fate)
    if (fate === 'delivered') assert.ok(this.received.isDuplicate(packet.number), `packet ${packet.number} never arrived`)
  }

  #check(): void {
    const { recovery, controller } = this.path
    const out = [...this.fates.values()].filter((fate) => fate === 'in flight').length
    assert.equal(recovery.bytesInFlight, out * DATAGRAM)
    assert.ok(out === 0 || recovery.wakeAt() !== null, 'something is in flight and no timer runs')
    assert.ok(controller.window >= minimumWindow(DATAGRAM))
  }
}

test('whatever the path does, each packet is delivered, lost or in flight, and a timer watches over it', () => {
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom(0, 0.02, 0.1, 0.4), fc.integer({ min: 1, max: 150 }), (seed, lossRate, total) => {
      const model = new Model(xorshift(seed), lossRate, total)
      model.run()
      const fates = [...model.fates.values()]
      assert.equal(fates.filter((fate) => fate === 'in flight').length, 0)
      const { stats } = model.path.recovery
      assert.equal(stats.packetsSent, fates.length)
      assert.equal(stats.packetsAcknowledged + stats.packetsLost, fates.length)
    }),
    { numRuns: 150 },
  )
})

/** Numbers from 0 to 1 that a seed determines. */
function xorshift(seed: number): () => number {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
