// The simulation finds what it is there to find, and finds it again.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Connection } from '../packages/quic/src/core/connection.ts'
import { drawScenario, type Scenario } from './scenario.ts'
import { Simulator } from './simulate.ts'

const simulator = new Simulator()
after(() => simulator.release())

/** Long enough for every planted defect to matter, and nothing but the defect goes wrong in it. */
const plain: Scenario = {
  ...drawScenario(1),
  aToB: { delayMillis: 10, lossRate: 0.05 },
  bToA: { delayMillis: 10, lossRate: 0.05 },
  moves: [],
  close: { by: ['client'], atMillis: null, code: 7n, reason: 'done' },
}

const planted = (plant: (client: Connection) => void): string | null => simulator.run(1, plain, plant).failure

test('forty seeds hold, each in a network and with a workload of its own', () => {
  const outcomes = Array.from({ length: 40 }, (_, index) => simulator.run(index + 1))
  for (const { seed, failure, tail } of outcomes) assert.equal(failure, null, `seed ${seed}: ${failure}\n${tail}`)
  assert.equal(new Set(outcomes.map(({ fingerprint }) => fingerprint)).size, 40)
})

test('a seed replays, whatever random bytes TLS takes and whatever its certificate is', () => {
  const other = new Simulator()
  for (const seed of [3, 7, 20, 31]) {
    const [one, again] = [simulator.run(seed), other.run(seed)]
    assert.equal(one.fingerprint, again.fingerprint, `seed ${seed}`)
    assert.deepEqual(one, again)
  }
  other.release()
})

test('nothing is found where nothing is planted', () => {
  assert.equal(
    planted(() => {}),
    null,
  )
})

test('a byte in a wrong place is found', () => {
  const found = planted(({ streams }) => {
    const read = streams.read.bind(streams)
    streams.read = (stream) => {
      const chunk = read(stream)
      if (chunk !== null && chunk.length > 3) chunk[3]! ^= 1
      return chunk
    }
  })
  assert.match(String(found), /bytes from 0 on are not those that were written/)
})

test('bytes that are handed out twice are found', () => {
  let again: Buffer | null = null
  let isPlanted = false
  const found = planted(({ streams }) => {
    const read = streams.read.bind(streams)
    streams.read = (stream) => {
      const chunk = again ?? read(stream)
      again = isPlanted ? null : chunk
      isPlanted ||= chunk !== null
      return chunk
    }
  })
  assert.match(String(found), /are not those that were written|bytes arrived, and/)
})

test('a forgotten timer is found', () => {
  const found = planted(({ recovery }) => {
    recovery.wakeAt = () => null
  })
  assert.match(String(found), /what is in flight has a timer/)
})

test('a timer that does nothing is found', () => {
  const found = planted((client) => {
    client.wake = () => {}
  })
  assert.match(String(found), /woken again and again/)
})

test('sending beyond the credit is found', () => {
  const found = planted(({ streams }) => {
    const raise = streams.raiseSendCredit.bind(streams)
    streams.raiseSendCredit = (limit) => raise(limit + 1)
  })
  assert.match(String(found), /connection credit allows/)
})

test('an end that closes by itself is found', () => {
  const found = planted((client) => {
    const { streams } = client
    streams.acceptData = () => {
      throw new Error('a defect')
    }
  })
  assert.match(String(found), /client: the connection ended: closed by local, transport 0x1 'internal error': Error: a defect/)
})
