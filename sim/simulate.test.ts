// The simulation finds what it is there to find, and finds it again.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Connection } from '../packages/quic/src/core/connection.ts'
import { drawScenario, type Scenario } from './scenario.ts'
import { Simulator } from './simulate.ts'

const simulator = new Simulator()
after(() => simulator.release())

const DATAGRAMS = { count: 50, size: 200, burst: 5, everyMillis: 20 }

/** Long enough for every planted defect to matter, and nothing but the defect goes wrong in it. */
const plain: Scenario = {
  ...drawScenario(1),
  aToB: { delayMillis: 10, lossRate: 0.05 },
  bToA: { delayMillis: 10, lossRate: 0.05 },
  moves: [],
  entry: { retry: true, token: 'none', early: null },
  close: { by: ['client'], atMillis: null, code: 7n, reason: 'done' },
}

/** Datagrams both ways in it. */
const withDatagrams: Scenario = {
  ...plain,
  client: { ...plain.client, datagrams: DATAGRAMS, parameters: { ...plain.client.parameters, maxDatagramFrameSize: 1000 } },
  server: { ...plain.server, datagrams: DATAGRAMS, parameters: { ...plain.server.parameters, maxDatagramFrameSize: 1000 } },
}

const planted = (plant: (client: Connection) => void): string | null => simulator.run(1, plain, plant).failure

test('forty seeds hold, each in a network and with a workload of its own', () => {
  const outcomes = Array.from({ length: 40 }, (_, index) => simulator.run(index + 1))
  for (const { seed, failure, tail } of outcomes) assert.equal(failure, null, `seed ${seed}: ${failure}\n${tail}`)
  assert.equal(new Set(outcomes.map(({ fingerprint }) => fingerprint)).size, 40)
})

test('a seed replays, whatever random bytes TLS takes and whatever its certificate is', () => {
  const other = new Simulator()
  for (const seed of [1, 2, 3, 5, 7, 8, 13, 20, 21, 31, 34, 55]) {
    const [one, again] = [simulator.run(seed), other.run(seed)]
    assert.equal(one.fingerprint, again.fingerprint, `seed ${seed}`)
    assert.deepEqual(one, again)
  }
  other.release()
})

test('the first hundred seeds have all ways of coming in, and datagrams', () => {
  const scenarios = Array.from({ length: 100 }, (_, index) => drawScenario(index + 1))
  const ways = new Set(scenarios.flatMap(({ entry: { retry, token, early } }) => [`retry ${retry}`, token, early?.answer ?? 'new']))
  assert.deepEqual([...ways].sort(), ['accepted', 'foreign', 'good', 'new', 'none', 'refused', 'retry false', 'retry true', 'unknown'])
  assert.ok(scenarios.some(({ client, server }) => client.datagrams.count > 0 && server.parameters.maxDatagramFrameSize! > 0))
})

test('trains arrive whole: alike datagrams that waited for the reader, bulk of one stream among them', () => {
  const outcomes = [2, 160, 168, 222, 253, 261, 271, 272].map((seed) => simulator.run(seed))
  for (const { seed, failure, tail } of outcomes) assert.equal(failure, null, `seed ${seed}: ${failure}\n${tail}`)
  assert.ok(outcomes.every(({ followers, datagrams }) => followers > 0 && followers < datagrams))
})

test('a train of which a datagram is lost on the way in is found', () => {
  const { failure } = simulator.run(261, drawScenario(261), ({ streams }) => {
    const accepted = streams.dataAccepted.bind(streams)
    streams.dataAccepted = (stream) => {
      stream.receive!.receiveMore = () => {}
      accepted(stream)
    }
  })
  assert.notEqual(failure, null)
})

test('0-RTT is what its scenario says, with a Retry in between or not', () => {
  for (const retry of [true, false]) {
    for (const answer of ['accepted', 'refused', 'unknown'] as const) {
      const remembered = { initialMaxData: 20, initialMaxStreamDataBidiRemote: 10, initialMaxStreamDataUni: 10, initialMaxStreamsBidi: 1 }
      const entry = { retry, token: 'none', early: { answer, remembered } } as const
      const { failure, tail } = simulator.run(1, { ...withDatagrams, entry })
      assert.equal(failure, null, `${answer}: ${failure}\n${tail}`)
    }
  }
})

test('a datagram that is handed out twice, changed, or made up is found', () => {
  const tampered = (change: (data: Uint8Array) => Uint8Array | null): string =>
    String(
      simulator.run(1, withDatagrams, ({ datagrams }) => {
        const take = datagrams.take.bind(datagrams)
        let extra: Uint8Array | null = null
        datagrams.take = () => {
          if (extra !== null) {
            const again = extra
            extra = null
            return again
          }
          const data = take()
          if (data !== null) extra = change(data)
          return data
        }
      }).failure,
    )
  assert.match(
    tampered((data) => data),
    /server's datagram \d+ arrived twice/,
  )
  assert.match(
    tampered((data) => data.subarray(1)),
    /was never sent|other bytes/,
  )
  assert.match(
    tampered((data) => {
      data[10]! ^= 1
      return null
    }),
    /arrived with other bytes than were sent/,
  )
})

test('a false verdict on a datagram is found', () => {
  const found = simulator.run(1, withDatagrams, ({ datagrams }) => {
    const settled = datagrams.takeSettled.bind(datagrams)
    datagrams.takeSettled = (tell) => settled((id) => tell(id, 'abandoned'))
  }).failure
  assert.match(String(found), /client's datagram \d+ (is abandoned, and arrived|arrived, and was abandoned)/)
})

test('a datagram of which nothing becomes is found', () => {
  const found = simulator.run(1, withDatagrams, ({ datagrams }) => {
    datagrams.takeSettled = () => {}
  }).failure
  assert.match(String(found), /client's datagram 0 was sent, and nothing became of it/)
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
  assert.match(String(found), /what asks for an acknowledgement has a timer/)
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
