// Resets that deliver the beginning of a stream, half by half. draft-ietf-quic-reliable-stream-reset section 5.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Reader, Writer } from '@millrace/bytes'
import { TRANSPORT_ERRORS } from '../errors.ts'
import { SentPacket } from '../recovery/sent-packet.ts'
import { decodeFrame, type FrameOf } from '../wire/frames/index.ts'
import { BlockPool, LARGEST_BLOCK } from './block-pool.ts'
import { ReceiveCredit, SendCredit } from './flow-control.ts'
import { ReceiveStream } from './receive-stream.ts'
import { SendBuffer } from './send-buffer.ts'
import { SendStream } from './send-stream.ts'

class Sending {
  readonly connection: SendCredit
  readonly stream: SendStream
  due = 0
  ended = 0

  constructor({ stream = 1000, connection = 1000 } = {}) {
    this.connection = new SendCredit(connection)
    const host = {
      sendReady() {},
      sendProgressed() {},
      acknowledged() {},
      sendEnded: () => void this.ended++,
      resetDue: () => void this.due++,
    }
    this.stream = new SendStream(4, stream, host)
  }

  /** Fills one packet; null if there was nothing for it. */
  packet(room = 1000): { packet: SentPacket; frame: FrameOf<'stream'> } | null {
    const writer = new Writer(Buffer.alloc(room))
    const packet = new SentPacket()
    packet.reset(0)
    if (!this.stream.fill(packet, writer, this.connection)) return null
    const frame = decodeFrame(new Reader(writer.target, 0, writer.offset), '1rtt')
    assert.ok(frame.type === 'stream')
    return { packet, frame }
  }
}

describe('sending half', () => {
  test('what is beyond is not sent again, what is before is, and it ends when both it and the frame are acknowledged (section 5.3)', () => {
    const bench = new Sending()
    bench.stream.write(Buffer.alloc(100, 'x'))
    const first = bench.packet()!
    assert.equal(bench.stream.resetAt(5n, 10), true)
    assert.equal(bench.due, 1, 'all of it was sent: the frame may go at once')
    bench.stream.resetAtSent()
    assert.deepEqual([bench.stream.state, bench.stream.finalSize, bench.stream.writable], ['dataSent', 100, false])
    first.packet.loseChunks()
    const again = bench.packet()!
    assert.deepEqual([again.frame.offset, again.frame.data.length, again.frame.fin], [0, 10, false])
    assert.equal(bench.packet(), null)
    bench.stream.resetAtDelivered(10)
    assert.deepEqual([bench.stream.state, bench.ended], ['dataSent', 0])
    again.packet.deliverChunks()
    assert.deepEqual([bench.stream.state, bench.ended, bench.stream.held], ['dataReceived', 1, 0])
  })

  test('what is promised and unsent goes first, within the credit, and the frame with the last of it (section 4)', () => {
    const bench = new Sending({ stream: 30 })
    bench.stream.write(Buffer.alloc(100, 'x'))
    bench.packet(20)
    bench.stream.resetAt(5n, 40)
    assert.equal(bench.due, 0)
    let length = 0
    for (let filled = bench.packet(); filled !== null; filled = bench.packet()) length = filled.frame.offset + filled.frame.data.length
    assert.deepEqual([length, bench.due, bench.stream.blocked], [30, 0, true])
    bench.stream.credit.raise(1000)
    const last = bench.packet()!
    assert.deepEqual([last.frame.offset + last.frame.data.length, last.frame.fin, bench.due], [40, false, 1])
    assert.equal(bench.stream.finalSize, 40)
    assert.equal(bench.packet(), null)
  })

  test('of several the smallest holds: it only shrinks, its code stays, and its own frame has to be acknowledged (section 5.2)', () => {
    const bench = new Sending()
    bench.stream.write(Buffer.alloc(100, 'x'))
    const { packet } = bench.packet()!
    bench.stream.resetAt(5n, 50)
    bench.stream.resetAtSent()
    assert.equal(bench.stream.resetAt(6n, 50), false)
    assert.equal(bench.stream.resetAt(6n, 60), false)
    assert.equal(bench.stream.resetAt(6n, 20), true)
    assert.deepEqual([bench.stream.resetCode, bench.stream.reliableSize, bench.due], [5n, 20, 2])
    packet.deliverChunks()
    bench.stream.resetAtDelivered(50)
    assert.equal(bench.ended, 0)
    assert.deepEqual([bench.stream.owesResetAt(50), bench.stream.owesResetAt(20)], [false, true])
    bench.stream.resetAtDelivered(20)
    assert.equal(bench.ended, 1)
    assert.equal(bench.stream.owesResetAt(20), false)
  })

  test('RESET_STREAM after it gives up the rest, with the code that was said (section 5.2)', () => {
    const bench = new Sending()
    bench.stream.write(Buffer.alloc(100, 'x'))
    const { packet } = bench.packet(60)!
    bench.stream.resetAt(5n, 50)
    assert.equal(bench.stream.reset(9n), true)
    assert.deepEqual([bench.stream.resetCode, bench.stream.reliableSize, bench.stream.state], [5n, null, 'resetSent'])
    packet.loseChunks()
    assert.equal(bench.packet(), null)
    assert.equal(bench.stream.resetAt(5n, 10), false)
  })

  test('after a FIN the frame names the same end, and the FIN is not sent again (section 5.1)', () => {
    const bench = new Sending()
    bench.stream.write(Buffer.alloc(100, 'x'))
    bench.stream.finish()
    const { packet, frame } = bench.packet()!
    assert.equal(frame.fin, true)
    bench.stream.resetAt(5n, 10)
    assert.equal(bench.stream.finalSize, 100)
    packet.loseChunks()
    assert.equal(bench.packet()!.frame.fin, false)
  })

  test('after refused 0-RTT what is promised goes out once more, and no more than that (RFC 9001 section 4.6.2)', () => {
    const bench = new Sending()
    bench.stream.write(Buffer.alloc(100, 'x'))
    bench.packet()
    bench.stream.resetAt(5n, 30)
    bench.stream.resetAtSent()
    bench.stream.restart()
    bench.connection.restart()
    assert.equal(bench.packet(), null)
    bench.stream.credit.raise(1000)
    bench.connection.raise(1000)
    const again = bench.packet()!
    assert.deepEqual([again.frame.offset, again.frame.data.length, bench.stream.finalSize], [0, 30, 30])
    assert.equal(bench.due, 2)
  })

  test('chunks beyond what is promised are let go at once', () => {
    const buffer = new SendBuffer()
    for (let i = 0; i < 5; i++) buffer.write(Buffer.alloc(10, `${i}`))
    buffer.keepUpTo(15)
    assert.deepEqual([buffer.end, buffer.held], [15, 15])
    const target = Buffer.alloc(15)
    buffer.send(0, 15, target, 0)
    assert.equal(target.toString(), '000000000011111')
    buffer.acknowledge(0, 15)
    assert.ok(buffer.allAcknowledged)
  })
})

class Receiving {
  readonly connection = new ReceiveCredit(1000)
  readonly stream: ReceiveStream

  constructor(pool: BlockPool | null = null) {
    this.stream = new ReceiveStream(8, new ReceiveCredit(500), this.connection, pool)
  }

  receive(offset: number, text: string, fin = false): void {
    this.stream.receive(offset, Buffer.from(text), 0, text.length, fin)
  }

  read(): string {
    let text = ''
    for (let chunk = this.stream.read(); chunk !== null; chunk = this.stream.read()) text += chunk.toString()
    return text
  }

  /** Bytes for which the peer has not had its credit back. */
  get owed(): number {
    return this.connection.used - (this.connection.raise(0, 0) - 1000)
  }
}

describe('receiving half', () => {
  test('what was promised is read, then the reset is found; what is beyond is dropped and credited (section 5.3)', () => {
    const bench = new Receiving()
    bench.receive(0, 'abcdef')
    bench.stream.resetAt(7n, 100, 8)
    assert.deepEqual([bench.stream.state, bench.stream.resetCode, bench.stream.isReset], ['sizeKnown', null, true])
    assert.equal(bench.owed, 8, 'all but what is awaited')
    bench.receive(4, 'efghijkl')
    assert.equal(bench.stream.state, 'dataReceived')
    assert.equal(bench.read(), 'abcdefgh')
    assert.deepEqual([bench.stream.state, bench.stream.resetCode, bench.stream.readable], ['resetReceived', 7n, true])
    assert.equal(bench.owed, 0)
    bench.stream.resetRead()
    assert.equal(bench.stream.ended, true)
  })

  test('where more was read already, the reset is found at once', () => {
    const bench = new Receiving()
    bench.receive(0, 'abcdef')
    assert.equal(bench.read(), 'abcdef')
    bench.stream.resetAt(7n, 20, 3)
    assert.deepEqual([bench.stream.state, bench.stream.resetCode, bench.owed], ['resetReceived', 7n, 0])
    bench.receive(6, 'late')
    assert.equal(bench.owed, 0)
  })

  test('a smaller promise holds whichever comes first; a greater one is ignored (section 5.2)', () => {
    for (const sizes of [
      [6, 2],
      [2, 6],
    ]) {
      const bench = new Receiving()
      for (const size of sizes) bench.stream.resetAt(7n, 10, size)
      assert.equal(bench.owed, 2)
      bench.receive(0, 'abcdefghij')
      assert.equal(bench.read(), 'ab')
      assert.deepEqual([bench.stream.resetCode, bench.owed], [7n, 0])
    }
  })

  test('RESET_STREAM takes the promise back, unless all of it had arrived (section 5.2, RFC 9000 section 3.2)', () => {
    const early = new Receiving()
    early.receive(1, 'bc')
    early.stream.resetAt(7n, 10, 6)
    early.stream.reset(7n, 10)
    assert.deepEqual([early.stream.state, early.read(), early.owed], ['resetReceived', '', 0])
    const late = new Receiving()
    late.receive(0, 'abcdef')
    late.stream.resetAt(7n, 10, 6)
    late.stream.reset(7n, 10)
    assert.deepEqual([late.read(), late.stream.resetCode, late.owed], ['abcdef', 7n, 0])
  })

  test('a stream that had arrived to its end stays whole (RFC 9000 section 3.2)', () => {
    const bench = new Receiving()
    bench.receive(0, 'whole', true)
    bench.stream.resetAt(7n, 5, 2)
    assert.deepEqual([bench.read(), bench.stream.state, bench.stream.resetCode], ['whole', 'dataRead', null])
  })

  test('a FIN and its gaps: only what is promised is awaited (section 5.1)', () => {
    const bench = new Receiving()
    bench.receive(5, 'fghij', true)
    bench.receive(0, 'ab')
    bench.stream.resetAt(7n, 10, 3)
    assert.equal(bench.read(), 'ab')
    bench.receive(2, 'c')
    assert.equal(bench.read(), 'c')
    assert.deepEqual([bench.stream.resetCode, bench.owed], [7n, 0])
  })

  test('who stopped reading has no use for the promise, before it or after (section 5.4)', () => {
    const before = new Receiving()
    before.receive(0, 'ab')
    assert.equal(before.stream.stop(3n), true)
    before.stream.resetAt(7n, 10, 6)
    assert.deepEqual([before.stream.ended, before.owed], [true, 0])
    const after = new Receiving()
    after.stream.resetAt(7n, 10, 6)
    assert.equal(after.stream.stop(3n), true, 'the sender may spare itself the rest')
    assert.deepEqual([after.stream.ended, after.owed], [true, 0])
  })

  test('memory beyond the promise is given back at once, since its credit is (section 7)', () => {
    const pool = new BlockPool()
    let given = 0
    const give = pool.give.bind(pool)
    pool.give = (bytes) => {
      given += bytes.length
      give(bytes)
    }
    const connection = new ReceiveCredit(2 ** 24)
    const stream = new ReceiveStream(8, new ReceiveCredit(2 ** 24), connection, pool)
    const bytes = Buffer.alloc(1000)
    for (let offset = 1000; offset < 20 * LARGEST_BLOCK; offset += 1000) stream.receive(offset, bytes, 0, 1000, false)
    stream.resetAt(7n, stream.received, 10)
    assert.ok(given >= 18 * LARGEST_BLOCK, `${given}`)
    stream.receive(10 * LARGEST_BLOCK, bytes, 0, 1000, false)
    stream.receive(0, bytes, 0, 1000, false)
    assert.equal(stream.read()?.length, 10)
    assert.equal(stream.resetCode, 7n)
  })

  test('another code is a STREAM_STATE_ERROR (section 5.2)', () => {
    const bench = new Receiving()
    bench.stream.resetAt(7n, 10, 6)
    for (const act of [() => bench.stream.resetAt(8n, 10, 5), () => bench.stream.reset(8n, 10)]) {
      assert.throws(act, { name: 'TransportViolation', code: TRANSPORT_ERRORS.STREAM_STATE_ERROR })
    }
  })
})
