import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TRANSPORT_ERRORS, type TransportErrorName } from '../errors.ts'
import { ReceiveCredit } from './flow-control.ts'
import { ReceiveStream } from './receive-stream.ts'

class Bench {
  readonly connection = new ReceiveCredit(100)
  readonly stream = new ReceiveStream(8, new ReceiveCredit(50), this.connection)

  receive(offset: number, text: string, fin = false): void {
    this.stream.receive(offset, Buffer.from(text), 0, text.length, fin)
  }

  read(): string {
    let text = ''
    for (let chunk = this.stream.read(); chunk !== null; chunk = this.stream.read()) text += chunk.toString()
    return text
  }

  /** Bytes that the connection has given back for what arrived. */
  get owed(): number {
    return this.connection.used - (this.connection.raise(0, 0) - 100)
  }
}

function refused(code: TransportErrorName, act: () => void): void {
  assert.throws(act, { name: 'TransportViolation', code: TRANSPORT_ERRORS[code] })
}

describe('ReceiveStream', () => {
  test('gives bytes in order and ends when all are read', () => {
    const bench = new Bench()
    bench.receive(3, 'def', true)
    assert.deepEqual([bench.stream.state, bench.stream.readable], ['sizeKnown', false])
    bench.receive(0, 'abc')
    assert.deepEqual([bench.stream.state, bench.stream.readable], ['dataReceived', true])
    assert.equal(bench.read(), 'abcdef')
    assert.deepEqual([bench.stream.state, bench.stream.ended, bench.stream.readable], ['dataRead', true, false])
    assert.equal(bench.owed, 0)
  })

  test('an end without bytes is read by a read that finds nothing', () => {
    const bench = new Bench()
    bench.receive(0, '', true)
    assert.equal(bench.stream.readable, true)
    assert.equal(bench.stream.read(), null)
    assert.equal(bench.stream.ended, true)
  })

  test('only what is read is credited', () => {
    const bench = new Bench()
    bench.receive(0, 'x'.repeat(40))
    assert.equal(bench.owed, 40)
    bench.read()
    assert.equal(bench.owed, 0)
    assert.equal(bench.stream.credit.raise(0, 0), 90)
  })

  test('repetitions cost no credit', () => {
    const bench = new Bench()
    for (let i = 0; i < 10; i++) bench.receive(0, 'x'.repeat(40))
    assert.equal(bench.connection.used, 40)
  })

  test('credit: the stream first, then the connection', () => {
    refused('FLOW_CONTROL_ERROR', () => new Bench().receive(50, 'x'))
    const bench = new Bench()
    bench.connection.use(90, null)
    bench.receive(9, 'x')
    refused('FLOW_CONTROL_ERROR', () => bench.receive(10, 'x'))
  })

  const SIZES: readonly { what: string; first: (b: Bench) => void; next: (b: Bench) => void }[] = [
    { what: 'data past the end', first: (b) => b.receive(0, 'abc', true), next: (b) => b.receive(2, 'cd') },
    { what: 'another end', first: (b) => b.receive(0, 'abc', true), next: (b) => b.receive(0, 'ab', true) },
    { what: 'an end before what arrived', first: (b) => b.receive(5, 'abc'), next: (b) => b.receive(0, 'ab', true) },
    { what: 'a reset before what arrived', first: (b) => b.receive(5, 'abc'), next: (b) => b.stream.reset(0n, 7) },
    { what: 'a reset elsewhere than the end', first: (b) => b.receive(5, 'abc', true), next: (b) => b.stream.reset(0n, 9) },
    { what: 'data past a reset', first: (b) => b.stream.reset(0n, 3), next: (b) => b.receive(3, 'x') },
  ]
  for (const { what, first, next } of SIZES) {
    test(`${what}: FINAL_SIZE_ERROR`, () => {
      const bench = new Bench()
      first(bench)
      refused('FINAL_SIZE_ERROR', () => next(bench))
    })
  }

  test('a reset drops what is there, and gives all of it back', () => {
    const bench = new Bench()
    bench.receive(0, 'abc')
    bench.receive(10, 'x')
    bench.stream.reset(6n, 20)
    assert.deepEqual([bench.stream.state, bench.stream.resetCode, bench.stream.readable], ['resetReceived', 6n, true])
    assert.equal(bench.read(), '')
    assert.equal(bench.owed, 0)
    bench.receive(0, 'abc')
    assert.equal(bench.read(), '')
    bench.stream.resetRead()
    assert.equal(bench.stream.ended, true)
  })

  test('a reset that comes after everything else is ignored', () => {
    const bench = new Bench()
    bench.receive(0, 'abc', true)
    bench.stream.reset(6n, 3)
    assert.equal(bench.stream.resetCode, null)
    assert.equal(bench.read(), 'abc')
  })

  const STOPS: readonly { state: string; prepare: (b: Bench) => void; tell: boolean; after: string }[] = [
    { state: 'receive', prepare: (b) => b.receive(0, 'abc'), tell: true, after: 'receive' },
    { state: 'sizeKnown', prepare: (b) => b.receive(3, 'def', true), tell: true, after: 'dataRead' },
    { state: 'dataReceived', prepare: (b) => b.receive(0, 'abc', true), tell: false, after: 'dataRead' },
    { state: 'resetReceived', prepare: (b) => b.stream.reset(1n, 3), tell: false, after: 'resetRead' },
  ]
  for (const { state, prepare, tell, after } of STOPS) {
    test(`stopped in state ${state}: ${tell ? 'the peer is told' : 'nobody needs to know'}`, () => {
      const bench = new Bench()
      prepare(bench)
      assert.equal(bench.stream.state, state)
      assert.equal(bench.stream.stop(4n), tell)
      assert.equal(bench.stream.state, after)
      assert.equal(bench.stream.readable, false)
      assert.equal(bench.stream.wantsCredit, false)
      assert.equal(bench.owed, 0)
      assert.equal(bench.stream.stop(5n), false)
    })
  }

  test('what still comes after a stop is credited at once, and dropped', () => {
    const bench = new Bench()
    bench.receive(0, 'abc')
    bench.stream.stop(4n)
    bench.receive(10, 'defg')
    assert.equal(bench.owed, 0)
    assert.equal(bench.read(), '')
    bench.receive(14, '', true)
    assert.equal(bench.stream.ended, true)
  })

  test('the reset that answers a stop needs no reader', () => {
    const bench = new Bench()
    bench.stream.stop(4n)
    bench.stream.reset(4n, 30)
    assert.deepEqual([bench.stream.state, bench.stream.readable, bench.owed], ['resetRead', false, 0])
  })
})
