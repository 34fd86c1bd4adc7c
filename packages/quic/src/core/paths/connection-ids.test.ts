import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Reader, Writer } from '@millrace/bytes'
import { TRANSPORT_ERRORS, type TransportErrorName } from '../errors.ts'
import { EventQueue } from '../events.ts'
import { MAX_LOCAL_CONNECTION_IDS, MAX_RETIREMENTS } from '../limits.ts'
import { SentPacket } from '../recovery/sent-packet.ts'
import { same } from '../wire/connection-id.ts'
import { decodeFrame, type Frame, type FrameOf } from '../wire/frames/index.ts'
import { LocalConnectionIds } from './local-connection-ids.ts'
import { RemoteConnectionIds } from './remote-connection-ids.ts'

const CONNECTION_ID_LENGTH = 8

const id = (n: number, length = CONNECTION_ID_LENGTH): Uint8Array => new Uint8Array(length).fill(n)
const issue = (sequence: number, retirePriorTo = 0): FrameOf<'newConnectionId'> => ({
  type: 'newConnectionId',
  sequence,
  retirePriorTo,
  connectionId: id(100 + sequence),
  resetToken: id(sequence, 16),
})

function said(part: { fill(packet: SentPacket, writer: Writer): void }, room = 500): Frame[] {
  const writer = new Writer(new Uint8Array(room))
  const packet = new SentPacket()
  packet.reset(0)
  part.fill(packet, writer)
  const reader = new Reader(writer.target, 0, writer.offset)
  const frames: Frame[] = []
  while (reader.remaining > 0) frames.push(decodeFrame(reader, '1rtt'))
  assert.equal(packet.frameCount, frames.length, 'the packet remembers what it says')
  return frames
}

function refused(code: TransportErrorName, act: () => void): void {
  assert.throws(act, { name: 'TransportViolation', code: TRANSPORT_ERRORS[code] })
}

describe('LocalConnectionIds', () => {
  function make(): { ids: LocalConnectionIds; events: EventQueue } {
    const events = new EventQueue()
    let n = 0
    const ids = new LocalConnectionIds(
      id(0),
      () => id(++n),
      (connectionId) => id(connectionId[0]! + 100, 16),
      events,
    )
    return { ids, events }
  }

  for (const [asked, held] of [
    [2, 2],
    [3, 3],
    [1000, MAX_LOCAL_CONNECTION_IDS],
  ] as const) {
    test(`a peer that takes ${asked} gets ${held}, the first included`, () => {
      const { ids, events } = make()
      ids.offer(asked)
      assert.equal([...ids.all()].length, held)
      const frames = said(ids)
      assert.deepEqual(
        frames.map((frame) => frame.type === 'newConnectionId' && frame.sequence),
        Array.from({ length: held - 1 }, (_, i) => i + 1),
      )
      assert.equal(ids.wantsToSend, false)
      let issued = 0
      for (let event = events.take(); event !== null; event = events.take()) if (event.type === 'connectionIdIssued') issued++
      assert.equal(issued, held - 1)
    })
  }

  test('one spare comes with the end of the handshake, and the others once the peer has it', () => {
    const { ids } = make()
    ids.begin(4)
    assert.equal(said(ids).length, 1)
    assert.equal(ids.isDue, false)
    ids.delivered()
    assert.equal(ids.isDue, true)
    const packet = new SentPacket()
    const writer = new Writer(Buffer.alloc(200))
    ids.fillOwed(packet, writer)
    assert.deepEqual(
      Array.from({ length: packet.frameCount }, (_, i) => packet.frames[i]).map(
        (frame) => frame?.type === 'newConnectionId' && frame.sequence,
      ),
      [2, 3],
    )
    ids.delivered()
    assert.equal(ids.isDue, false, 'and none after those')
  })

  test('a peer that takes no more than two is owed none, and one that gives one back gets all at once', () => {
    const few = make().ids
    few.begin(2)
    few.delivered()
    assert.equal(few.isDue, false)
    const { ids } = make()
    ids.begin(4)
    said(ids)
    ids.retire(0, id(1), 4)
    assert.equal(said(ids).length, 3)
    ids.delivered()
    assert.equal(ids.isDue, false)
  })

  test('each id comes with the stateless reset token that is made of it', () => {
    const { ids } = make()
    ids.offer(3)
    for (const frame of said(ids)) {
      assert.ok(frame.type === 'newConnectionId')
      assert.deepEqual(frame.resetToken, id(frame.connectionId[0]! + 100, 16))
    }
  })

  test('one that is retired is replaced by a new one', () => {
    const { ids } = make()
    ids.offer(2)
    said(ids)
    ids.retire(1, id(0), 2)
    const [frame] = said(ids)
    assert.ok(frame?.type === 'newConnectionId' && frame.sequence === 2)
    ids.retire(1, id(0), 2)
    assert.deepEqual(said(ids), [], 'said twice, meant once')
  })

  test('retiring what was never issued, or what it came under, is refused', () => {
    const { ids } = make()
    ids.offer(2)
    refused('PROTOCOL_VIOLATION', () => ids.retire(2, id(0), 2))
    refused('PROTOCOL_VIOLATION', () => ids.retire(0, id(0), 2))
  })

  test('what is lost is said again, once, while the id lives', () => {
    const { ids } = make()
    ids.offer(2)
    const [frame] = said(ids)
    ids.lost(1)
    ids.lost(1)
    assert.deepEqual(said(ids), [frame])
    ids.retire(1, id(0), 2)
    said(ids)
    ids.lost(1)
    assert.deepEqual(said(ids), [])
  })

  test('what does not fit waits', () => {
    const { ids } = make()
    ids.offer(3)
    assert.equal(said(ids, 30).length, 1)
    assert.equal(ids.wantsToSend, true)
    assert.equal(said(ids, 30).length, 1)
  })
})

describe('RemoteConnectionIds', () => {
  const LIMIT = 4
  const make = (): RemoteConnectionIds => new RemoteConnectionIds(id(0), LIMIT)

  test('the first one is in use until it is retired', () => {
    const ids = make()
    ids.accept(issue(1))
    assert.deepEqual(ids.current, id(0))
    ids.accept(issue(2, 1))
    assert.deepEqual(ids.current, id(101))
    assert.deepEqual(said(ids), [{ type: 'retireConnectionId', sequence: 0 }])
  })

  test("a server's own choice takes the place of the client's guess", () => {
    const ids = make()
    ids.replaceFirst(id(7))
    assert.deepEqual(ids.current, id(7))
  })

  test('as many as were asked for, after retirement, and not one more', () => {
    const ids = make()
    for (const n of [1, 2, 3]) ids.accept(issue(n))
    ids.accept(issue(4, 1))
    refused('CONNECTION_ID_LIMIT_ERROR', () => ids.accept(issue(5, 1)))
  })

  test('an id that was retired before it came is given back', () => {
    const ids = make()
    ids.accept(issue(5, 5))
    ids.accept(issue(3))
    assert.deepEqual(said(ids), [
      { type: 'retireConnectionId', sequence: 0 },
      { type: 'retireConnectionId', sequence: 3 },
    ])
    ids.accept(issue(3))
    assert.deepEqual(said(ids), [], 'that was said')
  })

  test('repetitions are harmless; contradictions are not', () => {
    const ids = make()
    ids.accept(issue(1))
    ids.accept(issue(1))
    refused('PROTOCOL_VIOLATION', () => ids.accept({ ...issue(1), connectionId: id(9) }))
    refused('PROTOCOL_VIOLATION', () => ids.accept({ ...issue(2), connectionId: issue(1).connectionId }))
    refused('PROTOCOL_VIOLATION', () => ids.accept({ ...issue(1), resetToken: id(9, 16) }))
  })

  test('a repetition may retire what came before it', () => {
    const ids = make()
    ids.accept(issue(1))
    ids.accept(issue(1, 1))
    assert.deepEqual(said(ids), [{ type: 'retireConnectionId', sequence: 0 }])
    assert.deepEqual(ids.current, id(101))
  })

  test('a peer without a connection id has none to give', () => {
    refused('PROTOCOL_VIOLATION', () => new RemoteConnectionIds(new Uint8Array(0), LIMIT).accept(issue(1)))
  })

  test('retirements that nobody acknowledges are bounded', () => {
    const ids = make()
    for (let n = 1; n <= MAX_RETIREMENTS; n++) ids.accept(issue(n, n))
    refused('CONNECTION_ID_LIMIT_ERROR', () => ids.accept(issue(MAX_RETIREMENTS + 1, MAX_RETIREMENTS + 1)))
  })

  test('retirements that are acknowledged make room for more', () => {
    const ids = make()
    for (let n = 1; n <= 10 * MAX_RETIREMENTS; n++) {
      ids.accept(issue(n, n))
      for (const frame of said(ids)) if (frame.type === 'retireConnectionId') ids.delivered(frame.sequence)
    }
    assert.deepEqual(ids.current, id((100 + 10 * MAX_RETIREMENTS) & 0xff))
  })

  test('a retirement that is lost is said again, one that is delivered is not', () => {
    const ids = make()
    ids.accept(issue(2, 2))
    const [frame] = said(ids)
    ids.lost(0)
    assert.deepEqual(said(ids), [frame])
    ids.delivered(0)
    ids.lost(0)
    assert.deepEqual(said(ids), [])
  })

  test('the stateless reset token is that of the id in use', () => {
    const ids = make()
    assert.equal(ids.resetToken, null)
    ids.useResetToken(id(50, 16))
    ids.accept(issue(1))
    assert.deepEqual(ids.resetToken, id(50, 16))
    ids.accept(issue(2, 2))
    assert.deepEqual(ids.resetToken, id(2, 16))
  })
})

test('same', () => {
  assert.equal(same(id(1), id(1)), true)
  assert.equal(same(id(1), id(2)), false)
  assert.equal(same(id(1), id(1, 7)), false)
  assert.equal(same(id(1, 0), id(2, 0)), true)
})
