import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Reader, Writer } from '@millrace/bytes'
import { SentPacket } from '../recovery/sent-packet.ts'
import { decodeFrame, type FrameOf } from '../wire/frames/index.ts'
import { SendCredit } from './flow-control.ts'
import { SendStream } from './send-stream.ts'

/** A stream with a host that keeps the minutes, and packets to put it in. */
class Bench {
  readonly log: string[] = []
  readonly connection: SendCredit
  readonly stream: SendStream

  constructor({ stream = 1000, connection = 1000 } = {}) {
    this.connection = new SendCredit(connection)
    this.stream = new SendStream(4, stream, {
      sendReady: () => this.log.push('ready'),
      sendProgressed: () => this.log.push('progressed'),
      acknowledged: () => undefined,
      sendEnded: () => this.log.push('ended'),
      resetDue: () => this.log.push('reset due'),
    })
  }

  /** Fills one packet; null if there was nothing for it. */
  packet(room = 200): { packet: SentPacket; frame: FrameOf<'stream'> } | null {
    const writer = new Writer(Buffer.alloc(room))
    const packet = new SentPacket()
    packet.reset(0)
    if (!this.stream.fill(packet, writer, this.connection)) {
      assert.equal(writer.offset, 0, 'nothing is written then')
      return null
    }
    const frame = decodeFrame(new Reader(writer.target, 0, writer.offset), '1rtt')
    assert.ok(frame.type === 'stream')
    return { packet, frame }
  }

  write(length: number): void {
    this.stream.write(Buffer.alloc(length, 'x'))
  }
}

describe('SendStream', () => {
  test('sends what was written, then the end', () => {
    const bench = new Bench()
    bench.stream.write(Buffer.from('abc'))
    const first = bench.packet()!
    assert.deepEqual([Buffer.from(first.frame.data).toString(), first.frame.offset, first.frame.fin], ['abc', 0, false])
    assert.equal(bench.stream.state, 'send')
    bench.stream.finish()
    const last = bench.packet()!
    assert.deepEqual([last.frame.data.length, last.frame.offset, last.frame.fin], [0, 3, true])
    assert.equal(bench.stream.state, 'dataSent')
    assert.equal(bench.packet(), null)
    last.packet.deliverChunks()
    assert.equal(bench.stream.ended, false)
    first.packet.deliverChunks()
    assert.equal(bench.stream.state, 'dataReceived')
    assert.deepEqual(bench.log.slice(-1), ['ended'])
  })

  test('the end goes with the last bytes', () => {
    const bench = new Bench()
    bench.write(3)
    bench.stream.finish()
    assert.equal(bench.packet()!.frame.fin, true)
  })

  test('is not writable once it was ended or reset', () => {
    const [ended, reset] = [new Bench(), new Bench()]
    assert.equal(ended.stream.writable, true)
    ended.stream.finish()
    assert.equal(ended.stream.writable, false)
    reset.stream.reset(1n)
    assert.equal(reset.stream.writable, false)
  })

  for (const room of [4, 5, 6, 7, 66, 67, 68, 69, 70]) {
    test(`a packet with room for ${room} bytes takes as many as fit`, () => {
      const bench = new Bench()
      bench.write(64)
      let got = 0
      for (let filled = bench.packet(room); filled !== null; filled = bench.packet(room)) got += filled.frame.data.length
      assert.equal(got, 64)
    })
  }

  test('a frame that fills its packet says no length; one that leaves room says it', () => {
    const bench = new Bench()
    bench.write(300)
    const writer = new Writer(Buffer.alloc(100))
    bench.stream.fill(new SentPacket(), writer, bench.connection)
    assert.equal(writer.target[0]! & 0x02, 0)
    assert.equal(writer.room, 0)
    const loose = new Writer(Buffer.alloc(1000))
    bench.stream.fill(new SentPacket(), loose, bench.connection)
    assert.equal(loose.target[0]! & 0x02, 0x02)
    assert.ok(loose.room > 0)
  })

  test('credit of the stream and of the connection both bound what is new', () => {
    const own = new Bench({ stream: 10 })
    own.write(50)
    assert.equal(own.packet()!.frame.data.length, 10)
    assert.equal(own.stream.blocked, true)
    assert.equal(own.stream.wantsToSend(own.connection), false)
    own.stream.credit.raise(15)
    assert.equal(own.packet()!.frame.data.length, 5)
    const whole = new Bench({ connection: 20 })
    whole.write(50)
    assert.equal(whole.packet()!.frame.data.length, 20)
    assert.equal(whole.connection.used, 20)
    assert.equal(whole.stream.blocked, false)
    assert.equal(whole.stream.wantsToSend(whole.connection), false)
  })

  test('the end alone needs no credit', () => {
    const bench = new Bench({ stream: 0, connection: 0 })
    bench.stream.finish()
    assert.equal(bench.stream.wantsToSend(bench.connection), true)
    assert.equal(bench.packet()!.frame.fin, true)
  })

  test('what is lost goes out again, first and without credit', () => {
    const bench = new Bench({ connection: 60 })
    bench.write(100)
    const first = bench.packet(40)!
    bench.packet(40)
    assert.equal(bench.connection.room, 0)
    first.packet.loseChunks()
    const again = bench.packet()!
    assert.deepEqual([again.frame.offset, again.frame.data.length], [0, first.frame.data.length])
    assert.equal(bench.connection.used, 60)
    assert.equal(bench.packet(), null)
  })

  test('a lost end goes out again, until it is delivered', () => {
    const bench = new Bench()
    bench.write(5)
    bench.packet()!.packet.deliverChunks()
    bench.stream.finish()
    const first = bench.packet()!
    first.packet.loseChunks()
    const second = bench.packet()!
    assert.equal(second.frame.fin, true)
    second.packet.deliverChunks()
    assert.equal(bench.stream.ended, true)
    first.packet.loseChunks()
    assert.equal(bench.packet(), null)
  })

  test('a reset drops everything, and ends when it is delivered', () => {
    const bench = new Bench()
    bench.write(100)
    const { packet, frame } = bench.packet(50)!
    assert.equal(bench.stream.reset(9n), true)
    assert.equal(bench.stream.reset(10n), false)
    assert.deepEqual([bench.stream.resetCode, bench.stream.finalSize, bench.stream.held], [9n, frame.data.length, 0])
    packet.loseChunks()
    packet.deliverChunks()
    assert.equal(bench.packet(), null)
    assert.equal(bench.stream.ended, false)
    bench.stream.resetDelivered()
    assert.equal(bench.stream.state, 'resetReceived')
    bench.stream.resetDelivered()
    assert.equal(bench.log.filter((entry) => entry === 'ended').length, 1)
  })

  test('progress is told when bytes are freed', () => {
    const bench = new Bench()
    bench.write(100)
    const [first, second] = [bench.packet(50)!, bench.packet(50)!]
    second.packet.deliverChunks()
    assert.ok(!bench.log.includes('progressed'))
    first.packet.deliverChunks()
    assert.ok(bench.log.includes('progressed'))
    assert.equal(bench.stream.held, 100 - first.frame.data.length - second.frame.data.length)
  })
})
