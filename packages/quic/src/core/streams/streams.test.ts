// The set of streams and what it states apart from data: driven by frames, judged by frames.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Reader, Writer } from '@millrace/bytes'
import { type ConnectionEvent, EventQueue } from '../events.ts'
import { RESETS_AT_ONCE } from '../limits.ts'
import { SentPacket } from '../recovery/sent-packet.ts'
import { decodeFrame, type Frame } from '../wire/frames/index.ts'
import { StreamHeader } from '../wire/stream-header.ts'
import { decodeTransportParameters, type TransportParameters } from '../wire/transport-parameters.ts'
import type { Stream } from './stream.ts'
import { Streams } from './streams.ts'

const PARAMETERS: TransportParameters = {
  ...decodeTransportParameters(new Uint8Array(0), 'client'),
  initialMaxData: 1000,
  initialMaxStreamDataBidiLocal: 100,
  initialMaxStreamDataBidiRemote: 200,
  initialMaxStreamDataUni: 300,
  initialMaxStreamsBidi: 4,
  initialMaxStreamsUni: 4,
}

class Bench {
  readonly queue = new EventQueue()
  readonly streams: Streams
  readonly events: ConnectionEvent[] = []
  now = 1

  /** A client, whose peer's parameters have arrived unless said otherwise. */
  constructor(peer: Partial<TransportParameters> | null = {}) {
    this.streams = new Streams('client', PARAMETERS, this.queue, this)
    if (peer !== null) this.streams.usePeerParameters({ ...PARAMETERS, ...peer })
    this.told()
  }

  data(id: number, offset: number, length: number, fin = false): void {
    const header = new StreamHeader()
    header.stream = id
    header.offset = offset
    header.length = length
    header.fin = fin
    this.streams.acceptData(header, Buffer.alloc(length, 'x'), 0)
  }

  /** What goes into the next packet. */
  packet(room = 500): { packet: SentPacket; frames: Frame[] } {
    const writer = new Writer(Buffer.alloc(room))
    const packet = new SentPacket()
    packet.reset(0)
    this.streams.control.fill(packet, writer, 0, 0)
    this.streams.fillData(packet, writer)
    const reader = new Reader(writer.target, 0, writer.offset)
    const frames: Frame[] = []
    while (reader.remaining > 0) frames.push(decodeFrame(reader, '1rtt'))
    return { packet, frames }
  }

  says(room?: number): string[] {
    return this.packet(room).frames.map((frame) => frame.type)
  }

  told(): string[] {
    const types: string[] = []
    for (let event = this.queue.take(); event !== null; event = this.queue.take()) {
      this.events.push(event)
      types.push(event.type)
    }
    return types
  }

  open(kind: 'bidi' | 'uni' = 'bidi'): Stream {
    return this.streams.openStream(kind)!
  }
}

describe('opening', () => {
  test('nothing is opened before the peer has said how much', () => {
    const bench = new Bench(null)
    assert.equal(bench.streams.openStream('bidi'), null)
    assert.deepEqual(bench.says(), [])
  })

  test('ids rise by kind', () => {
    const bench = new Bench()
    assert.deepEqual([bench.open().id, bench.open('uni').id, bench.open().id, bench.open('uni').id], [0, 2, 4, 6])
    assert.equal(bench.streams.open, 4)
  })

  test('at the limit STREAMS_BLOCKED is said, once for each limit', () => {
    const bench = new Bench({ initialMaxStreamsBidi: 1 })
    bench.open()
    assert.equal(bench.streams.openStream('bidi'), null)
    assert.equal(bench.streams.openStream('bidi'), null)
    assert.deepEqual(bench.packet().frames, [{ type: 'streamsBlocked', direction: 'bidi', limit: 1 }])
    assert.deepEqual(bench.says(), [])
    bench.streams.accept({ type: 'maxStreams', direction: 'bidi', limit: 2 }, 0)
    assert.deepEqual(bench.told(), ['streamsAllowed'])
    assert.equal(bench.open().id, 4)
    assert.equal(bench.streams.openStream('bidi'), null)
    assert.deepEqual(bench.packet().frames, [{ type: 'streamsBlocked', direction: 'bidi', limit: 2 }])
  })

  test('each kind of stream has the credit that the parameters give it', () => {
    const bench = new Bench({ initialMaxStreamDataBidiRemote: 7, initialMaxStreamDataUni: 9, initialMaxStreamDataBidiLocal: 5 })
    assert.deepEqual([bench.open().send!.credit.limit, bench.open('uni').send!.credit.limit], [7, 9])
    bench.data(1, 0, 1)
    const theirs = bench.streams.find(1)!
    assert.deepEqual([theirs.send!.credit.limit, theirs.receive!.credit.limit], [5, 200])
    bench.data(3, 0, 1)
    assert.equal(bench.streams.find(3)!.receive!.credit.limit, 300)
    assert.equal(bench.streams.find(0)!.receive!.credit.limit, 100)
  })
})

describe('accepting', () => {
  test('a stream opens those below it, in order', () => {
    const bench = new Bench()
    bench.data(9, 0, 3)
    assert.deepEqual(bench.told(), ['streamOpened', 'streamOpened', 'streamOpened', 'streamReadable'])
    assert.deepEqual(
      [...bench.streams.all()].map((stream) => stream.id),
      [1, 5, 9],
    )
  })

  test('bytes are announced once, until the reader has found nothing more', () => {
    const bench = new Bench()
    bench.data(1, 0, 3)
    bench.told()
    bench.data(1, 3, 3)
    assert.deepEqual(bench.told(), [])
    const stream = bench.streams.find(1)!
    assert.equal(bench.streams.read(stream)?.length, 6)
    assert.equal(bench.streams.read(stream), null)
    bench.data(1, 6, 1)
    assert.deepEqual(bench.told(), ['streamReadable'])
  })

  test('frames for streams that have ended are ignored', () => {
    const bench = new Bench()
    bench.data(3, 0, 3, true)
    bench.streams.read(bench.streams.find(3)!)
    assert.equal(bench.streams.open, 0)
    bench.told()
    bench.data(3, 0, 3, true)
    bench.streams.accept({ type: 'resetStream', stream: 3, code: 0n, finalSize: 3 }, 0)
    bench.streams.accept({ type: 'streamDataBlocked', stream: 3, limit: 3 }, 0)
    assert.deepEqual(bench.told(), [])
    assert.equal(bench.streams.open, 0)
  })

  test('MAX_STREAMS follows as streams end', () => {
    const bench = new Bench()
    bench.data(3, 0, 1, true)
    bench.streams.read(bench.streams.find(3)!)
    assert.deepEqual(bench.packet().frames, [{ type: 'maxStreams', direction: 'uni', limit: 5 }])
  })

  test('frames of other parts are not taken', () => {
    assert.equal(new Bench().streams.accept({ type: 'ping' }, 0), false)
  })
})

describe('credit', () => {
  test('MAX_STREAM_DATA and MAX_DATA follow the reader', () => {
    const bench = new Bench()
    bench.data(3, 0, 300)
    bench.data(7, 0, 300)
    assert.deepEqual(bench.says(), [])
    for (const id of [3, 7]) bench.streams.read(bench.streams.find(id)!)
    assert.deepEqual(bench.packet().frames, [
      { type: 'maxData', limit: 1600 },
      { type: 'maxStreamData', stream: 3, limit: 600 },
      { type: 'maxStreamData', stream: 7, limit: 600 },
    ])
  })

  test('a stream that is to end gets no more credit, the connection does', () => {
    const bench = new Bench()
    bench.data(3, 0, 300, true)
    bench.data(7, 0, 300, true)
    for (const id of [3, 7]) bench.streams.read(bench.streams.find(id)!)
    assert.ok(!bench.says().includes('maxStreamData'))
    assert.equal(bench.streams.receiveCredit.limit, 1600)
  })

  test('a reset gives the connection its credit back without a reader', () => {
    const bench = new Bench()
    for (const id of [3, 7]) bench.streams.accept({ type: 'resetStream', stream: id, code: 0n, finalSize: 300 }, 0)
    assert.deepEqual(bench.packet().frames, [{ type: 'maxData', limit: 1600 }])
  })

  test('being blocked is said once for each limit, on both levels', () => {
    const bench = new Bench({ initialMaxStreamDataBidiRemote: 10, initialMaxData: 15 })
    const [first, second] = [bench.open(), bench.open()]
    for (const stream of [first, second]) stream.send!.write(Buffer.alloc(100))
    const data = bench.packet().frames
    assert.deepEqual(
      data.map((frame) => frame.type === 'stream' && frame.data.length),
      [10, 5],
    )
    const blocked = bench.packet().frames
    assert.deepEqual(blocked, [
      { type: 'dataBlocked', limit: 15 },
      { type: 'streamDataBlocked', stream: 0, limit: 10 },
    ])
    assert.deepEqual(bench.says(), [])
    bench.streams.accept({ type: 'maxData', limit: 16 }, 0)
    assert.equal(bench.packet().frames[0]?.type, 'stream')
    bench.packet()
    bench.streams.accept({ type: 'maxStreamData', stream: 0, limit: 11 }, 0)
    bench.streams.accept({ type: 'maxData', limit: 15 }, 0)
    assert.deepEqual(bench.says(), [])
  })
})

describe('what is lost is said again while it is true', () => {
  test('credit', () => {
    const bench = new Bench()
    bench.data(3, 0, 300)
    bench.streams.read(bench.streams.find(3)!)
    const { frames } = bench.packet()
    assert.deepEqual(frames, [{ type: 'maxStreamData', stream: 3, limit: 600 }])
    bench.streams.control.lost(frames[0]!)
    assert.deepEqual(bench.packet().frames, frames)
    bench.data(3, 300, 300)
    bench.streams.read(bench.streams.find(3)!)
    bench.packet()
    bench.streams.control.lost(frames[0]!)
    assert.deepEqual(bench.says(), [], 'a larger one is on its way')
  })

  test('resets and stops, until the stream has no use for them', () => {
    const bench = new Bench()
    const stream = bench.open()
    stream.send!.write(Buffer.alloc(5))
    bench.packet()
    bench.streams.resetStream(stream, 7n)
    bench.streams.stopSending(stream, 8n)
    const { frames } = bench.packet()
    assert.deepEqual(frames, [
      { type: 'resetStream', stream: 0, code: 7n, finalSize: 5 },
      { type: 'stopSending', stream: 0, code: 8n },
    ])
    for (const frame of frames) bench.streams.control.lost(frame)
    assert.deepEqual(bench.packet().frames, frames)
    bench.streams.delivered(frames[0]!)
    bench.streams.accept({ type: 'resetStream', stream: 0, code: 8n, finalSize: 0 }, 0)
    for (const frame of frames) bench.streams.control.lost(frame)
    assert.deepEqual(bench.says(), [])
    assert.equal(bench.streams.open, 0)
  })

  test('blocked, only while still blocked at that limit', () => {
    const bench = new Bench({ initialMaxStreamDataBidiRemote: 10, initialMaxStreamsBidi: 1 })
    const stream = bench.open()
    stream.send!.write(Buffer.alloc(100))
    bench.streams.openStream('bidi')
    bench.packet()
    const blocked = bench.packet().frames
    for (const frame of blocked) bench.streams.control.lost(frame)
    assert.deepEqual(bench.packet().frames, blocked)
    bench.streams.accept({ type: 'maxStreamData', stream: 0, limit: 200 }, 0)
    bench.packet()
    for (const frame of blocked) bench.streams.control.lost(frame)
    assert.ok(!bench.says().includes('streamDataBlocked'))
  })

  test('MAX_DATA, MAX_STREAMS, STREAMS_BLOCKED and DATA_BLOCKED', () => {
    const bench = new Bench({ initialMaxStreamsBidi: 1, initialMaxData: 5 })
    bench.open().send!.write(Buffer.alloc(20))
    bench.streams.openStream('bidi')
    for (const id of [3, 7]) bench.data(id, 0, 300, true)
    for (const id of [3, 7]) bench.streams.read(bench.streams.find(id)!)
    const said = [...bench.packet().frames, ...bench.packet().frames].filter((frame) => frame.type !== 'stream')
    assert.deepEqual(said.map((frame) => frame.type).sort(), ['dataBlocked', 'maxData', 'maxStreams', 'streamsBlocked'])
    for (const frame of said) bench.streams.control.lost(frame)
    assert.deepEqual(
      bench
        .packet()
        .frames.map((frame) => frame.type)
        .sort(),
      said.map((frame) => frame.type).sort(),
    )
  })
})

describe('sharing packets', () => {
  test('streams take turns, a frame each', () => {
    const bench = new Bench()
    const ids = [bench.open(), bench.open('uni'), bench.open()].map((stream) => {
      stream.send!.write(Buffer.alloc(90))
      return stream.id
    })
    const order = Array.from({ length: 3 }, () => bench.packet(60).frames.map((frame) => frame.type === 'stream' && frame.stream)).flat()
    assert.deepEqual(order, ids)
  })

  test('what does not fit waits, and is not forgotten', () => {
    const bench = new Bench()
    for (let i = 0; i < 4; i++) bench.streams.stopSending(bench.open(), 1n)
    const seen: number[] = []
    for (let i = 0; i < 10 && bench.streams.wantsToSend; i++) {
      for (const frame of bench.packet(7).frames) if (frame.type === 'stopSending') seen.push(frame.stream)
    }
    assert.deepEqual(seen, [0, 4, 8, 12])
    assert.equal(bench.streams.wantsToSend, false)
  })

  test('STOP_SENDING resets with its code; a second one, or one too late, is no news', () => {
    const bench = new Bench()
    const stream = bench.open()
    for (let i = 0; i < 2; i++) bench.streams.accept({ type: 'stopSending', stream: 0, code: 5n }, 0)
    assert.deepEqual(bench.told(), ['streamStopped'])
    assert.equal(stream.send!.resetCode, 5n)
    const done = bench.open('uni')
    done.send!.finish()
    bench.packet().packet.deliverChunks()
    bench.told()
    bench.streams.accept({ type: 'stopSending', stream: done.id, code: 5n }, 0)
    assert.deepEqual(bench.told(), [])
  })

  test('progress is told to an owner who asked, and once', () => {
    const bench = new Bench()
    const stream = bench.open()
    stream.send!.write(Buffer.alloc(100))
    const [first, second] = [bench.packet(60), bench.packet(60)]
    stream.progressWanted = true
    first.packet.deliverChunks()
    assert.deepEqual(bench.told(), ['streamProgressed'])
    second.packet.deliverChunks()
    assert.deepEqual(bench.told(), [])
  })
})

describe('streams given up', () => {
  /** Resets so many unidirectional streams of the server's, each as soon as it is open. */
  function resets(bench: Bench, count: number, beforehand: (stream: Stream) => void): void {
    for (let place = 0; place < count; place++) {
      const stream = 3 + place * 4
      bench.data(stream, 0, 1)
      const received = bench.streams.find(stream)!
      beforehand(received)
      bench.streams.accept({ type: 'resetStream', stream, code: 0n, finalSize: 1 }, 0)
      if (received.receive!.readable) bench.streams.resetRead(received)
      bench.packet()
    }
  }

  test('too many at once end the connection (RFC 9000 section 21.9)', () => {
    assert.throws(() => resets(new Bench(), RESETS_AT_ONCE + 20, () => {}), { code: 0x0a })
    resets(new Bench(), RESETS_AT_ONCE, () => {})
  })

  test('those that we asked to stop are not held against the peer', () => {
    const bench = new Bench()
    resets(bench, RESETS_AT_ONCE + 20, (stream) => bench.streams.stopSending(stream, 1n))
  })
})

test('a stream knows when it was opened, first heard of, and over in either direction', () => {
  const bench = new Bench()
  const ours = bench.open()
  bench.now = 2
  ours.send!.write(Buffer.from('ab'))
  ours.send!.finish()
  assert.equal(ours.firstSentAt, null)
  const { packet } = bench.packet()
  bench.now = 3
  packet.loseChunks()
  const again = bench.packet().packet
  assert.deepEqual([ours.send!.frames, ours.send!.credit.resent, bench.streams.sendCredit.resent, bench.streams.bytesSent], [2, 2, 2, 4])
  bench.now = 4
  bench.data(0, 1, 1, true)
  bench.now = 5
  bench.data(0, 0, 1)
  bench.now = 6
  again.deliverChunks()
  const { openedAt, firstSentAt, firstReceivedAt, sendEndedAt, receiveEndedAt } = ours
  assert.deepEqual([openedAt, firstSentAt, firstReceivedAt, receiveEndedAt, sendEndedAt], [1, 2, 4, 5, 6])
  bench.now = 7
  bench.data(1, 0, 0)
  const theirs = bench.streams.find(1)!
  assert.deepEqual([theirs.openedAt, theirs.firstReceivedAt, theirs.receiveEndedAt, theirs.firstSentAt], [7, 7, null, null])
  bench.now = 8
  bench.streams.accept({ type: 'resetStream', stream: 1, code: 0n, finalSize: 0 }, 8)
  assert.equal(theirs.receiveEndedAt, 8)
})
