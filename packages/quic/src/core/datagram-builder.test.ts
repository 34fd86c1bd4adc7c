// Datagrams as they stand before protection: a sealer that only takes notes, and a reader of heads.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type PacketMemory, type Sealer, TAG_LENGTH } from './crypto/protection.ts'
import { DatagramBuilder } from './datagram-builder.ts'
import { PacketSpace } from './packet-space.ts'
import { SentPacket } from './recovery/sent-packet.ts'
import { PacketHeader, parseHeader } from './wire/packet-header.ts'
import { VERSION_1 } from './wire/version-negotiation.ts'

const DCID = new Uint8Array(8).fill(0xd)
const SCID = new Uint8Array(8).fill(0x5)
/** Of a length with which no packet number makes the header one that is sealed fastest. */
const SHORT_DCID = new Uint8Array(4)

interface Sealed {
  readonly start: number
  readonly headerLength: number
  readonly payloadLength: number
  readonly number: number
}

class Bench {
  readonly bytes = Buffer.alloc(4000, 0xff)
  readonly memory: PacketMemory = { bytes: this.bytes, view: new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length) }
  readonly builder = new DatagramBuilder()
  readonly sealed: Sealed[] = []
  readonly sizes: number[] = []
  readonly sealer: Sealer = {
    seal: (_, start, headerLength, _length, payloadLength, number) => this.sealed.push({ start, headerLength, payloadLength, number }),
    encrypt: () => assert.fail('datagrams that are built alone are sealed alone'),
    protect: () => assert.fail('and protected alone'),
    sealed: 0,
    sealLimit: Number.POSITIVE_INFINITY,
    next: () => assert.fail('no key update here'),
    prepare() {},
    release() {},
  }

  open(level: 'initial' | 'handshake' | '1rtt', number = 0, dcid: Uint8Array = DCID): SentPacket | null {
    const space = new PacketSpace(level === '1rtt' ? 'application' : level, 25)
    space.sealer = this.sealer
    const packet = new SentPacket()
    packet.reset(number)
    const opened =
      level === '1rtt'
        ? this.builder.openShort(space, packet, dcid, -1, false)
        : this.builder.openLong(space, packet, { type: level, version: VERSION_1, dcid: DCID, scid: SCID }, -1)
    return opened ? packet : null
  }

  put(level: 'initial' | 'handshake' | '1rtt', payload: number, dcid: Uint8Array = DCID): SentPacket {
    const packet = this.open(level, 0, dcid)!
    for (let i = 0; i < payload; i++) this.builder.writer.u8(1)
    this.builder.close()
    return packet
  }

  seal(): number {
    return this.builder.seal((_, __, size) => this.sizes.push(size))
  }

  types(length: number, from = 0, idLength = DCID.length): string[] {
    const types: string[] = []
    const header = new PacketHeader()
    for (let at = from; at < from + length; at = header.end) {
      assert.ok(parseHeader(this.bytes, at, from + length, idLength, header) !== null)
      assert.ok(header.hasSample)
      types.push(header.type)
    }
    return types
  }
}

describe('DatagramBuilder', () => {
  test('nothing put in, nothing comes out', () => {
    const bench = new Bench()
    bench.builder.begin(bench.memory, 0, 1200)
    assert.ok(bench.builder.isEmpty)
    assert.equal(bench.seal(), 0)
  })

  test('three packets stand one after the other, each with its own length', () => {
    const bench = new Bench()
    bench.builder.begin(bench.memory, 100, 1200)
    bench.put('initial', 50)
    bench.put('handshake', 60)
    bench.put('1rtt', 70)
    const length = bench.seal()
    assert.deepEqual(bench.types(length, 100), ['initial', 'handshake', '1rtt'])
    assert.deepEqual(
      bench.sealed.map(({ payloadLength }) => payloadLength),
      [50, 60, 70],
    )
    assert.equal(
      bench.sizes.reduce((sum, size) => sum + size, 0),
      length,
    )
    assert.equal(bench.sealed[0]!.start, 100)
    for (const [i, { start, headerLength, payloadLength }] of bench.sealed.entries()) {
      const next = bench.sealed[i + 1]?.start ?? 100 + length
      assert.equal(start + headerLength + payloadLength + TAG_LENGTH, next)
    }
  })

  test('a packet without content never was', () => {
    const bench = new Bench()
    bench.builder.begin(bench.memory, 0, 1200)
    bench.open('initial')
    assert.equal(bench.builder.close(), false)
    bench.put('handshake', 30)
    assert.deepEqual(bench.types(bench.seal()), ['handshake'])
    assert.equal(bench.sealed[0]!.start, 0)
  })

  for (const payload of [1, 2, 3]) {
    test(`a payload of ${payload} is padded until header protection has its sample`, () => {
      const bench = new Bench()
      bench.builder.begin(bench.memory, 0, 1200)
      bench.put('1rtt', payload, SHORT_DCID)
      assert.deepEqual(bench.types(bench.seal(), 0, SHORT_DCID.length), ['1rtt'])
      assert.equal(bench.sealed[0]!.payloadLength, 3)
    })
  }

  test('padding goes into the last packet, as PADDING frames that count as in flight', () => {
    const bench = new Bench()
    bench.builder.begin(bench.memory, 0, 1200)
    bench.put('initial', 50)
    const last = bench.put('handshake', 60)
    bench.builder.padded = true
    assert.equal(bench.seal(), 1200)
    assert.deepEqual(bench.types(1200), ['initial', 'handshake'])
    assert.equal(last.inFlight, true)
    assert.equal(bench.sealed[0]!.payloadLength, 50)
    const { start, headerLength, payloadLength } = bench.sealed[1]!
    assert.ok(bench.bytes.subarray(start + headerLength + 60, start + headerLength + payloadLength).every((byte) => byte === 0))
  })

  test('padding reaches the least size, not the largest', () => {
    const bench = new Bench()
    bench.builder.begin(bench.memory, 0, 1500)
    bench.put('initial', 50)
    bench.builder.padded = true
    assert.equal(bench.seal(), 1200)
    bench.builder.begin(bench.memory, 0, 1500)
    bench.put('initial', 1400)
    bench.builder.padded = true
    assert.ok(bench.seal() > 1400)
  })

  test('a new datagram begins without the padding of the last', () => {
    const bench = new Bench()
    bench.builder.begin(bench.memory, 0, 1200)
    bench.put('initial', 10)
    bench.builder.padded = true
    bench.seal()
    bench.builder.begin(bench.memory, 0, 1200)
    bench.put('1rtt', 10)
    assert.ok(bench.seal() < 100)
  })

  test('no packet is begun where it has no room, and none outgrows the datagram', () => {
    const bench = new Bench()
    bench.builder.begin(bench.memory, 0, 1200)
    const first = bench.open('initial')!
    assert.ok(first !== null)
    const { writer } = bench.builder
    while (writer.room > 0) writer.u8(1)
    bench.builder.close()
    assert.equal(bench.open('handshake'), null)
    assert.equal(bench.open('1rtt'), null)
    assert.equal(bench.seal(), 1200)
    assert.equal(bench.bytes[1200], 0xff, 'nothing is written past the end')
  })

  test('packet numbers take more bytes than the peer needs where the header is then sealed fastest (RFC 9000 section 17.1)', () => {
    for (const [length, number, headerLength] of [
      [7, 0, 9],
      [8, 0, 13],
      [8, 9_000_000, 13],
      [10, 0, 13],
      [10, 40_000, 14],
      [11, 0, 13],
      [12, 0, 14],
    ] as const) {
      const bench = new Bench()
      bench.builder.begin(bench.memory, 0, 1200)
      bench.open('1rtt', number, new Uint8Array(length))
      for (let i = 0; i < 20; i++) bench.builder.writer.u8(1)
      bench.builder.close()
      bench.seal()
      assert.equal(bench.sealed[0]!.headerLength, headerLength, `id of ${length} bytes, number ${number}`)
    }
  })

  test('packet numbers take as many bytes as the peer needs', () => {
    for (const [number, bytes] of [
      [0, 1],
      [126, 1],
      [200, 2],
      [40_000, 3],
      [9_000_000, 4],
    ] as const) {
      const bench = new Bench()
      bench.builder.begin(bench.memory, 0, 1200)
      bench.open('1rtt', number, SHORT_DCID)
      for (let i = 0; i < 20; i++) bench.builder.writer.u8(1)
      bench.builder.close()
      bench.seal()
      assert.deepEqual([bench.sealed[0]!.number, bench.sealed[0]!.headerLength], [number, 1 + SHORT_DCID.length + bytes])
    }
  })
})
