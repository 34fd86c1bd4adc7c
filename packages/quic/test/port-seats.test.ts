// A port that several threads share: the kernel spreads clients over them, and who moves stays with the one that it came to. RFC 9000 sections 5.1, 5.2 and 9.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { MAX_HANDED_OVER } from '../src/endpoint/limits.ts'
import { listen, type PortSeat, portSeats, QuicEndpoint, type QuicSession } from '../src/index.ts'
import { Nat } from './support/nat.ts'
import { certificate, destroyedAtEnd, dial, readAll } from './support/server.ts'

/** Of two threads, each gets a client with an even chance. */
const TRIES = 64

/** On loopback, in this thread: those at the same port are found by their addresses. */
async function sit(seat: PortSeat, port: number): Promise<QuicEndpoint> {
  const endpoint = await listen(
    (session) => {
      session.onstream = async (stream) => {
        for await (const _ of stream);
        await stream.end(`${seat.index}`)
      }
    },
    { alpn: 'test', sni: { '*': certificate }, endpoint: { address: `127.0.0.1:${port}`, seat } },
  )
  destroyedAtEnd(endpoint)
  return endpoint
}

async function ask(session: QuicSession): Promise<number> {
  const stream = await session.createBidirectionalStream()
  void stream.end('who?')
  return Number(await readAll(stream))
}

/** A session with each thread, by index. */
async function sessionsWithBoth(port: number): Promise<[QuicSession, QuicSession]> {
  const found: QuicSession[] = []
  for (let tries = 0; tries < TRIES && (found[0] === undefined || found[1] === undefined); tries++) {
    const session = await dial(`127.0.0.1:${port}`)
    found[await ask(session)] ??= session
  }
  assert.ok(found[0] !== undefined && found[1] !== undefined, 'both threads serve')
  return [found[0], found[1]]
}

test('two threads serve one port, and a session that moves stays with its thread, whoever hears of it first', async () => {
  const workers: Worker[] = []
  const ports: number[] = []
  for (const seat of portSeats(2)) {
    const worker = new Worker(new URL('./support/port-worker.ts', import.meta.url), {
      workerData: { seat, certificate, port: ports[0] ?? 0 },
    })
    after(() => worker.terminate())
    workers.push(worker)
    ports.push((await once(worker, 'message'))[0] as number)
  }
  assert.equal(ports[1], ports[0])
  const handedOver = async (): Promise<number> => {
    let sum = 0
    for (const worker of workers) {
      worker.postMessage('stats')
      sum += ((await once(worker, 'message'))[0] as { datagramsHandedOver: number }).datagramsHandedOver
    }
    return sum
  }
  for (let tries = 0; tries < TRIES && (await handedOver()) === 0; tries++) {
    for (const [index, session] of (await sessionsWithBoth(ports[0]!)).entries()) {
      const next = await QuicEndpoint.open({ address: '127.0.0.1:0' })
      after(() => next.destroy())
      const validated = Promise.withResolvers<string>()
      session.onpathvalidation = (result) => validated.resolve(result)
      session.migrate(next)
      assert.equal(await ask(session), index)
      assert.equal(await validated.promise, 'success')
      await session.close()
    }
  }
  assert.ok((await handedOver()) > 0, 'datagrams went from thread to thread')
  for (const worker of workers) {
    worker.postMessage('close')
    await once(worker, 'exit')
  }
})

test('a client whose NAT forgets its port stays with its thread (section 9.3)', async () => {
  const seats = portSeats(2)
  const first = await sit(seats[0]!, 0)
  const second = await sit(seats[1]!, first.address.port)
  const nat = await Nat.open(first.address.port)
  after(() => nat.close())
  const session = await dial(`127.0.0.1:${nat.port}`)
  const index = await ask(session)
  for (let tries = 0; tries < TRIES && first.stats.datagramsHandedOver + second.stats.datagramsHandedOver === 0; tries++) {
    nat.rebind()
    assert.equal(await ask(session), index)
  }
  assert.ok(first.stats.datagramsHandedOver + second.stats.datagramsHandedOver > 0)
  await session.close()
})

test('a thread that is behind or gone is handed no more than it may be, which is counted, and nobody answers in its place (section 10.3)', async () => {
  const seats = portSeats(2)
  const first = await sit(seats[0]!, 0)
  const second = await sit(seats[1]!, first.address.port)
  Atomics.store(new Int32Array(seats[1]!.pending), 1, MAX_HANDED_OVER)
  const move = async (): Promise<QuicSession> => {
    const [other, session] = await sessionsWithBoth(first.address.port)
    await other.close()
    const next = await QuicEndpoint.open({ address: '127.0.0.1:0' })
    after(() => next.destroy())
    const validated = Promise.withResolvers<string>()
    session.onpathvalidation = (result) => validated.resolve(result)
    session.migrate(next)
    await validated.promise
    return session
  }
  // A session moves once: the kernel may lead it to its own thread again, and one cannot move without end in a moment.
  let session = await move()
  for (let tries = 1; tries < TRIES && first.stats.datagramsNotHandedOver === 0; tries++) {
    await session.close()
    session = await move()
  }
  const ended = session.closed.then(
    () => 'closed',
    (error) => error.code,
  )
  assert.ok(first.stats.datagramsNotHandedOver > 0)
  assert.equal(first.stats.datagramsHandedOver, 0)
  assert.equal(first.stats.statelessResets, 0)
  Atomics.store(new Int32Array(seats[1]!.pending), 1, 0)
  assert.equal(await ask(session), 1)
  await session.close()
  assert.equal(await ended, 'closed')
  assert.equal(second.stats.datagramsHandedOver, 0)
})

test('a session resumes at either thread, with the ticket of the other', async () => {
  const seats = portSeats(2)
  const first = await sit(seats[0]!, 0)
  await sit(seats[1]!, first.address.port)
  const shared = await QuicEndpoint.open({ address: '127.0.0.1:0' })
  const tickets: Buffer[] = []
  const session = await dial(`127.0.0.1:${first.address.port}`, { endpoint: shared, sessionStore: null })
  const ticket = new Promise<void>((resolve) => {
    session.onsessionticket = (bytes) => {
      tickets.push(Buffer.from(bytes))
      resolve()
    }
  })
  const issuer = await ask(session)
  await ticket
  await session.close()
  await shared.close()
  for (let tries = 0; ; tries++) {
    assert.ok(tries < TRIES, 'the other thread serves')
    const again = await dial(`127.0.0.1:${first.address.port}`, { sessionTicket: tickets[0]! })
    const { resumed } = await again.opened
    assert.equal(resumed, true)
    const server = await ask(again)
    await again.close()
    if (server !== issuer) break
  }
})

test('what a seat cannot go with is told by its name', async () => {
  const seat = portSeats(2)[0]!
  const options = { alpn: 'test', sni: { '*': certificate } }
  const wrong: [object, RegExp][] = [
    [{ endpoint: { seat: {} } }, /endpoint\.seat/],
    [{ endpoint: { seat: { ...seat, index: 2 } } }, /endpoint\.seat/],
    [{ endpoint: { seat, connectionIdLength: 7 } }, /connectionIdLength/],
    [{ endpoint: { seat, generateConnectionId: (length: number) => new Uint8Array(length) } }, /generateConnectionId/],
    [{ endpoint: { seat }, preferredAddress: { ipv4: '127.0.0.1:0' } }, /preferredAddress/],
    [{ endpoint: { seat }, enableEarlyData: true }, /earlyDataGuard/],
  ]
  for (const [more, message] of wrong)
    await assert.rejects(
      listen(() => {}, { ...options, ...more }),
      { code: 'ERR_QUIC_OPTION', message },
    )
  for (const count of [0, 129, 1.5]) assert.throws(() => portSeats(count), { code: 'ERR_QUIC_OPTION', message: /count/ })
})
