import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BytesError, Reader } from '@millrace/bytes'
import fc from 'fast-check'
import { MillraceError } from '../error.ts'
import { COPY_BYTES } from '../limits.ts'
import { Answer, FlowReader } from './flow.ts'
import { FrameBatch } from './frame-batch.ts'
import { FrameReader } from './frame-reader.ts'
import { formatId, type Message, messageSize, readMessage } from './message.ts'

const messages: fc.Arbitrary<Message> = fc.record({
  tag: fc.integer({ min: 0, max: 0xffff_ffff }),
  id: fc.maxSafeNat(),
  sourceTimeMicros: fc.maxSafeNat(),
  trace: fc.option(fc.uint8Array({ minLength: 25, maxLength: 25 })),
  mixed: fc.boolean(),
  wantsAcknowledgement: fc.boolean(),
  packet: fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.constant(new Uint8Array(COPY_BYTES + 1).fill(7))),
})

/** Views as plain bytes, so that they compare. */
const plain = (message: Message | null): unknown =>
  message && { ...message, trace: message.trace && [...message.trace], packet: Buffer.from(message.packet).toString('hex') }

describe('messages on a flow', () => {
  test('arrive as they were sent, in sequence', () => {
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 6 }), fc.nat(63), fc.integer({ min: 1, max: 2 ** 40 }), (all, lane, first) => {
        const batch = new FrameBatch()
        batch.flow(lane, first)
        for (const message of all) batch.message(message)
        const frames = new FrameReader('forth')
        const flow = new FlowReader()
        const seen: [number, unknown][] = []
        frames.push(Buffer.concat(batch.take()))
        while (frames.next()) {
          const message = flow.take(frames)
          if (message !== null) seen.push([flow.sequence, plain(message)])
        }
        assert.equal(flow.lane, lane)
        assert.deepEqual(
          seen,
          all.map((message, index) => [first + index, plain(message)]),
        )
      }),
    )
  })

  test('and their answers, too', () => {
    const answers = fc.record({
      sequence: fc.maxSafeNat(),
      kind: fc.constantFrom('result', 'pass', 'acknowledgement'),
      final: fc.boolean(),
      message: messages,
    })
    fc.assert(
      fc.property(fc.array(answers, { maxLength: 6 }), (all) => {
        const batch = new FrameBatch()
        for (const { sequence, kind, final, message } of all) {
          if (kind === 'result') batch.result(sequence, final, message)
          else if (kind === 'pass') batch.pass(sequence)
          else batch.acknowledge(sequence)
        }
        const frames = new FrameReader('back')
        const answer = new Answer()
        const seen: unknown[] = []
        frames.push(Buffer.concat(batch.take()))
        while (frames.next()) {
          assert.ok(answer.read(frames))
          seen.push([answer.sequence, answer.kind, answer.final, plain(answer.message)])
        }
        const expected = all.map(({ sequence, kind, final, message }) => [
          sequence,
          kind,
          kind !== 'result' || final,
          kind === 'result' ? plain(message) : null,
        ])
        assert.deepEqual(seen, expected)
      }),
    )
  })

  test('foretell their size', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const batch = new FrameBatch()
        batch.message(message)
        const frames = new FrameReader('forth')
        frames.push(Buffer.concat(batch.take()))
        assert.ok(frames.next())
        assert.equal(frames.end - frames.start, messageSize(message))
      }),
    )
  })

  test('made of any bytes throw nothing but MillraceError and BytesError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          readMessage(new Reader(bytes))
        } catch (error) {
          assert.ok(error instanceof MillraceError || error instanceof BytesError, String(error))
        }
      }),
    )
  })

  test('a batch that was taken is not touched by what comes after', () => {
    const batch = new FrameBatch()
    batch.acknowledge(1)
    const [taken] = batch.take()
    const before = Buffer.from(taken!).toString('hex')
    for (let sequence = 0; sequence < 1000; sequence++) batch.acknowledge(sequence)
    assert.equal(Buffer.from(taken!).toString('hex'), before)
  })

  test('an id shows the run and the number', () => assert.equal(formatId(0x12 * 2 ** 32 + 5), '12-5'))
})
