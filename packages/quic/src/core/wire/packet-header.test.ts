import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Writer } from '@millrace/bytes'
import fc from 'fast-check'
import {
  type LongHeader,
  longHeaderSize,
  PacketHeader,
  type PacketType,
  parseHeader,
  patchLength,
  writeLongHeader,
  writeShortHeader,
} from './packet-header.ts'
import { writeRetry } from './retry.ts'
import { VERSION_2 } from './version.ts'

const DCID = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const SCID = Uint8Array.of(11, 12, 13)
const TOKEN = Uint8Array.of(0xaa, 0xbb)

/** A whole packet: header, `payload` bytes of content and tag, and its Length field filled in. */
function longPacket(header: LongHeader, packetNumber = 0, packetNumberLength = 2, payload = 30): Uint8Array {
  const bytes = new Uint8Array(longHeaderSize(header, packetNumberLength) + payload)
  const writer = new Writer(bytes)
  const lengthOffset = writeLongHeader(writer, header, packetNumber, packetNumberLength)
  patchLength(bytes, lengthOffset, packetNumberLength + payload)
  assert.equal(writer.room, payload, 'longHeaderSize foretells the header')
  return bytes
}

function parsed(bytes: Uint8Array, shortConnectionIdLength = 8): PacketHeader {
  const header = parseHeader(bytes, 0, bytes.length, shortConnectionIdLength)
  assert.ok(header !== null)
  return header
}

/** RFC 9001 A.2 to A.4, before protection: first byte, version, ids, token, Length, packet number. */
test('the headers of RFC 9001 Appendix A are written and read', () => {
  const dcid = Buffer.from('8394c8f03e515708', 'hex')
  const client = new Writer(new Uint8Array(22))
  const at = writeLongHeader(client, { type: 'initial', version: 1, dcid, scid: new Uint8Array(0) }, 2, 4)
  patchLength(client.target, at, 1182)
  assert.equal(Buffer.from(client.target).toString('hex'), 'c300000001088394c8f03e5157080000449e00000002')

  const scid = Buffer.from('f067a5502a4262b5', 'hex')
  const server = new Writer(new Uint8Array(20))
  const length = writeLongHeader(server, { type: 'initial', version: 1, dcid: new Uint8Array(0), scid }, 1, 2)
  patchLength(server.target, length, 117)
  assert.equal(Buffer.from(server.target).toString('hex'), 'c1000000010008f067a5502a4262b50040750001')

  const retry = Buffer.from('ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba', 'hex')
  const header = parsed(retry)
  assert.equal(header.type, 'retry')
  assert.deepEqual(header.scid, new Uint8Array(scid))
  assert.equal(Buffer.from(header.token).toString(), 'token')
  assert.equal(header.tokenOffset + header.tokenLength + 16, header.end)
})

for (const type of ['initial', '0rtt', 'handshake'] as const) {
  test(`a packet of type ${type} is read as it was written`, () => {
    const bytes = longPacket({ type, version: 1, dcid: DCID, scid: SCID, token: TOKEN }, 0x1234, 3)
    const header = parsed(bytes)
    assert.equal(header.type, type)
    assert.equal(header.version, 1)
    assert.deepEqual(header.dcid, DCID)
    assert.deepEqual(header.scid, SCID)
    assert.deepEqual(header.token, type === 'initial' ? TOKEN : new Uint8Array(0))
    assert.equal(header.end, bytes.length)
    assert.equal(header.hasSample, true)
    const number = bytes.subarray(header.packetNumberOffset, header.packetNumberOffset + 3)
    assert.deepEqual([...number], [0x00, 0x12, 0x34])
  })

  test(`a packet of type ${type} cut short anywhere is dropped`, () => {
    const bytes = longPacket({ type, version: 1, dcid: DCID, scid: SCID, token: TOKEN })
    for (let end = 0; end < bytes.length; end++) assert.equal(parseHeader(bytes, 0, end, 8), null, `${end} of ${bytes.length} bytes`)
  })
}

test('coalesced packets follow one another', () => {
  const initial = longPacket({ type: 'initial', version: 1, dcid: DCID, scid: SCID })
  const handshake = longPacket({ type: 'handshake', version: 1, dcid: DCID, scid: SCID })
  const datagram = Buffer.concat([initial, handshake, Uint8Array.of(0x40, ...DCID), new Uint8Array(30)])
  const header = new PacketHeader()
  const types: PacketType[] = []
  for (let at = 0; at < datagram.length; at = header.end) {
    assert.equal(parseHeader(datagram, at, datagram.length, DCID.length, header), header)
    assert.deepEqual(header.dcid, DCID)
    types.push(header.type)
  }
  assert.deepEqual(types, ['initial', 'handshake', '1rtt'])
})

test('a short header has our own id and runs to the end of the datagram', () => {
  const bytes = new Uint8Array(60)
  const writer = new Writer(bytes)
  writeShortHeader(writer, DCID, 0x12_3456_789a, 4, true, true)
  assert.equal(Buffer.from(bytes).subarray(0, writer.offset).toString('hex'), '6701020304050607083456789a')
  const header = parsed(bytes)
  assert.deepEqual([header.type, header.version, header.packetNumberOffset, header.end], ['1rtt', 0, 9, 60])
  assert.deepEqual(header.dcid, DCID)
  assert.equal(header.scid.length, 0)
  assert.equal(header.token.length, 0)
})

test('a short header says its packet number length, spin and key phase in the first byte', () => {
  const first = (length: number, spin: boolean, keyPhase: boolean): number => {
    const writer = new Writer(new Uint8Array(8))
    writeShortHeader(writer, new Uint8Array(0), 0, length, spin, keyPhase)
    assert.equal(writer.offset, 1 + length)
    return writer.target[0]!
  }
  assert.deepEqual([first(1, false, false), first(4, false, false), first(1, true, false), first(1, false, true)], [0x40, 0x43, 0x60, 0x44])
})

test('a packet number goes out as its last bytes, also above 2^32', () => {
  const writer = new Writer(new Uint8Array(4))
  writeShortHeader(writer, new Uint8Array(0), 0xab_cdef_0123_45, 3, false, false)
  assert.equal(Buffer.from(writer.target).toString('hex'), '42012345')
})

test('nothing of the last packet stays in a header that is used again', () => {
  const header = new PacketHeader()
  const initial = longPacket({ type: 'initial', version: 1, dcid: DCID, scid: SCID, token: TOKEN })
  parseHeader(initial, 0, initial.length, 0, header)
  const short = Uint8Array.of(0x40, ...new Uint8Array(30))
  parseHeader(short, 0, short.length, 0, header)
  assert.deepEqual([header.type, header.version, header.dcidLength, header.scidLength, header.tokenLength], ['1rtt', 0, 0, 0, 0])
  assert.equal(header.end, short.length)
})

test('a packet too short for its sample is told apart, and the next one is still found', () => {
  const initial = longPacket({ type: 'initial', version: 1, dcid: DCID, scid: SCID }, 0, 1, 18)
  const enough = longPacket({ type: 'handshake', version: 1, dcid: DCID, scid: SCID }, 0, 1, 19)
  const datagram = Buffer.concat([initial, enough])
  const header = parsed(datagram)
  assert.equal(header.hasSample, false)
  assert.ok(parseHeader(datagram, header.end, datagram.length, 8, header))
  assert.equal(header.hasSample, true)
})

test('a packet without the fixed bit is told apart, since it may be welcome (RFC 9287)', () => {
  const bytes = longPacket({ type: 'initial', version: 1, dcid: DCID, scid: SCID })
  assert.equal(parsed(bytes).fixedBit, true)
  bytes[0]! &= ~0x40
  assert.equal(parsed(bytes).fixedBit, false)
  assert.equal(parsed(new Uint8Array(60)).fixedBit, false)
  assert.equal(parsed(new Uint8Array(60).fill(0x40)).fixedBit, true)
})

test('version 2 has other types of long headers, and otherwise the same (RFC 9369 section 3.2)', () => {
  const first = { initial: 0xd0, '0rtt': 0xe0, handshake: 0xf0 } as const
  for (const type of ['initial', '0rtt', 'handshake'] as const) {
    const bytes = longPacket({ type, version: VERSION_2, dcid: DCID, scid: SCID, token: TOKEN })
    assert.equal(bytes[0]! & 0xf0, first[type])
    const header = parsed(bytes)
    assert.deepEqual([header.type, header.version, header.end], [type, VERSION_2, bytes.length])
    assert.deepEqual(header.token, type === 'initial' ? TOKEN : new Uint8Array(0))
  }
})

test('a Retry is read as it was written, in both versions', () => {
  for (const version of [1, VERSION_2]) {
    const writer = new Writer(new Uint8Array(100))
    writeRetry(writer, { version, dcid: DCID, scid: SCID, token: TOKEN }, 0xff)
    writer.zeros(16)
    const header = parsed(writer.target.subarray(0, writer.offset))
    assert.deepEqual([header.type, header.version], ['retry', version])
    assert.deepEqual([header.dcid, header.scid, header.token], [DCID, SCID, TOKEN])
  }
})

test('a short header with nothing after the id is dropped', () => {
  const bytes = Uint8Array.of(0x40, ...DCID, 0)
  assert.equal(parseHeader(bytes, 0, 9, 8), null)
  assert.equal(parseHeader(bytes, 0, 10, 8)?.packetNumberOffset, 9)
})

test('either id over 20 bytes is dropped in version 1', () => {
  const twenty = new Uint8Array(20)
  const tooLong = new Uint8Array(21)
  const dropped = [
    [twenty, twenty],
    [tooLong, twenty],
    [twenty, tooLong],
  ].map(([dcid = twenty, scid = twenty]) => {
    const bytes = longPacket({ type: 'handshake', version: 1, dcid, scid })
    return parseHeader(bytes, 0, bytes.length, 8) === null
  })
  assert.deepEqual(dropped, [false, true, true])
})

test('ids over 20 bytes are dropped in version 1, and read in a version that we do not know', () => {
  const header = { type: 'initial', version: 1, dcid: new Uint8Array(21).fill(7), scid: new Uint8Array(255).fill(8) } as const
  const bytes = longPacket(header)
  assert.equal(parseHeader(bytes, 0, bytes.length, 8), null)
  bytes[4] = 2
  bytes[0]! &= ~0x40
  const unknown = parsed(bytes)
  assert.deepEqual([unknown.type, unknown.version, unknown.end], ['unknownVersion', 2, bytes.length])
  assert.deepEqual(unknown.dcid, header.dcid)
  assert.deepEqual(unknown.scid, header.scid)
})

test('a packet of any version that ends before its ids do is dropped', () => {
  const bytes = Uint8Array.of(0x80, 0, 0, 0, 2, DCID.length, ...DCID, SCID.length, ...SCID)
  for (let end = 0; end < bytes.length; end++) assert.equal(parseHeader(bytes, 0, end, 8), null, `${end} bytes`)
  assert.equal(parsed(bytes).packetNumberOffset, bytes.length)
})

test('a version with its highest bit set is a positive number', () => {
  const bytes = longPacket({ type: 'initial', version: 0xfaca_da2a, dcid: DCID, scid: SCID })
  assert.equal(parsed(bytes).version, 0xfaca_da2a)
})

test('a Length field that says more than 2^53 is dropped like any other that says too much', () => {
  const bytes = Buffer.from(`e00000000100${'00'}ffffffffffffffff${'00'.repeat(60)}`, 'hex')
  assert.equal(parseHeader(bytes, 0, bytes.length, 8), null)
})

test('a Retry without room for its integrity tag is dropped', () => {
  const head = [0xf0, 0, 0, 0, 1, 0, 0]
  assert.equal(parseHeader(Uint8Array.of(...head, ...new Uint8Array(15)), 0, 22, 8), null)
  assert.equal(parsed(Uint8Array.of(...head, ...new Uint8Array(16))).tokenLength, 0)
})

test('garbage never throws, and every offset lies within the datagram', () => {
  const prefix = fc.constantFrom([], [0xc0, 0, 0, 0, 1], [0xe0, 0, 0, 0, 1], [0xf0, 0, 0, 0, 1], [0x80, 0, 0, 0, 0], [0x40])
  fc.assert(
    fc.property(prefix, fc.uint8Array({ maxLength: 80 }), fc.nat(4), fc.nat(20), (start, rest, before, cidLength) => {
      const bytes = Uint8Array.of(...new Uint8Array(before), ...start, ...rest, ...new Uint8Array(9))
      const end = bytes.length - 9
      const header = parseHeader(bytes, before, end, cidLength)
      if (header === null) return
      assert.ok(header.end > before && header.end <= end)
      assert.ok(header.packetNumberOffset <= header.end)
      assert.ok(header.dcidOffset + header.dcidLength <= header.end)
      assert.ok(header.scidOffset + header.scidLength <= header.end)
      assert.ok(header.tokenOffset + header.tokenLength <= header.end)
    }),
    { numRuns: 5000 },
  )
})

test('a payload over 16383 bytes does not fit the Length field', () => {
  assert.throws(() => patchLength(new Uint8Array(2), 0, 16_384), RangeError)
})
