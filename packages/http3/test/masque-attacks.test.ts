// Clients that mean a UDP proxy no good. RFC 9298 section 7, RFC 9297 section 4.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { encodeCapsule } from '../src/core/capsules/capsule.ts'
import { HTTP3_ERRORS } from '../src/core/wire/http3-error.ts'
import { connectUdp, fieldValue, type Http3Session, type Http3Stream, type UdpTunnel } from '../src/index.ts'
import { Arrivals, echo, proxied, target } from './support/masque.ts'

// What is garbage is no leak: memory is counted once it was collected.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const MESSAGE_ERROR = BigInt(HTTP3_ERRORS.H3_MESSAGE_ERROR)
const DATAGRAM_ERROR = BigInt(HTTP3_ERRORS.H3_DATAGRAM_ERROR)

function asked(client: Http3Session, host: string, port: number): Promise<Http3Stream> {
  return client.request([
    ...[':method', 'CONNECT', ':protocol', 'connect-udp', ':scheme', 'https', ':authority', 'localhost'],
    ...[':path', `/.well-known/masque/udp/${host}/${port}/`, 'capsule-protocol', '?1'],
  ])
}

/** A tunnel as a client has it that keeps no rules. */
async function raw(client: Http3Session, port: number): Promise<Http3Stream> {
  const stream = await asked(client, '127.0.0.1', port)
  assert.equal(fieldValue(await stream.response(), ':status'), '200')
  return stream
}

/** The proxy and this session are well. */
async function goesOn(client: Http3Session, port: number): Promise<void> {
  const tunnel = await connectUdp(client, { host: '127.0.0.1', port })
  await answers(tunnel)
  await tunnel.close()
}

async function answers(tunnel: UdpTunnel): Promise<void> {
  const arrivals = new Arrivals()
  tunnel.onmessage = arrivals.take
  assert.ok(tunnel.send(Buffer.from('well')))
  assert.equal(Buffer.from(await arrivals.next()).toString(), 'well')
}

describe('a UDP proxy holds against its clients:', () => {
  for (const which of ['maxSessionTunnels', 'maxTunnels'] as const) {
    test(`tunnels are bounded in number, and one that ends makes room: ${which}`, async () => {
      const { client } = await proxied({ proxy: { [which]: 2 } })
      const { address, port } = await echo()
      const first = await connectUdp(client, address)
      const second = await connectUdp(client, address)
      await assert.rejects(connectUdp(client, address), { code: 'ERR_HTTP3_TUNNEL', message: /503.*connection_limit_reached/ })
      await answers(second)
      await first.close()
      let third: UdpTunnel | null = null
      while (third === null) third = await connectUdp(client, { host: '127.0.0.1', port }).catch(() => null)
      await answers(third)
    })
  }

  test('contexts that nobody registered are dropped, as datagrams and in capsules (section 4)', async () => {
    const { client } = await proxied()
    const { port } = await echo()
    const stream = await raw(client, port)
    const arrivals = new Arrivals()
    stream.ondatagram = arrivals.take
    for (let context = 1; context < 64; context++) {
      stream.sendDatagram(Uint8Array.of(context, 1, 2, 3))
      stream.writeSync(encodeCapsule(0, Uint8Array.of(context, 1, 2, 3)))
    }
    // Zero in eight bytes is zero.
    stream.writeSync(encodeCapsule(0, Uint8Array.of(0xc0, 0, 0, 0, 0, 0, 0, 0, 9)))
    assert.deepEqual([...(await arrivals.next())], [0, 9])
  })

  const malformed = [
    ['a datagram without a context id', encodeCapsule(0, new Uint8Array(0)), DATAGRAM_ERROR],
    ['a context id that is cut short', encodeCapsule(0, Uint8Array.of(0x40)), DATAGRAM_ERROR],
    ['a payload that UDP cannot have (section 5)', encodeCapsule(0, new Uint8Array(65_529)), DATAGRAM_ERROR],
    ['a capsule that is too large', Uint8Array.of(0, 0x80, 1, 0, 0), MESSAGE_ERROR],
    ['a capsule of 2^62 - 1 bytes', Uint8Array.of(0, ...new Uint8Array(8).fill(0xff)), MESSAGE_ERROR],
  ] as const
  for (const [what, bytes, code] of malformed) {
    test(`${what} ends the tunnel, and nothing else`, async () => {
      const { client } = await proxied()
      const { port } = await echo()
      const stream = await raw(client, port)
      stream.writeSync(bytes)
      await assert.rejects(stream.closed, { errorCode: code })
      await goesOn(client, port)
    })
  }

  test('a stream that ends within a capsule ends the tunnel (RFC 9297 section 3.3)', async () => {
    const { client } = await proxied()
    const { port } = await echo()
    const stream = await raw(client, port)
    stream.writeSync(Uint8Array.of(0, 10, 0, 1))
    stream.end()
    await assert.rejects(stream.closed, { errorCode: MESSAGE_ERROR })
    await goesOn(client, port)
  })

  test('capsules of unknown types are skipped, however long they claim to be (RFC 9297 section 3.2)', async () => {
    const { client } = await proxied()
    const { port } = await echo()
    const stream = await raw(client, port)
    const arrivals = new Arrivals()
    stream.ondatagram = arrivals.take
    for (let round = 0; round < 200; round++) await stream.write(encodeCapsule(0x17 + 41 * round, new Uint8Array(20_000)))
    for (let round = 0; round < 20_000; round++) if (!stream.writeSync(Uint8Array.of(0x3f, 0))) await stream.drained()
    stream.writeSync(encodeCapsule(0, Uint8Array.of(0, 7)))
    assert.deepEqual([...(await arrivals.next())], [0, 7])
  })

  test('a half-closed stream is a tunnel that has ended (section 3.1)', async () => {
    const { client } = await proxied()
    const { port } = await echo()
    const stream = await raw(client, port)
    stream.end()
    assert.equal(await stream.read(), null)
    await stream.closed
  })

  test('resets leave nothing behind', async () => {
    const { client, server } = await proxied({ proxy: { maxSessionTunnels: 4 } })
    const { port } = await echo()
    for (let round = 0; round < 20; round++) {
      const stream = await asked(client, '127.0.0.1', port)
      if (round % 2 === 0) await stream.response()
      stream.destroy('H3_REQUEST_CANCELLED')
    }
    let tunnel: UdpTunnel | null = null
    while (tunnel === null) tunnel = await connectUdp(client, { host: '127.0.0.1', port }).catch(() => null)
    await answers(tunnel)
    assert.equal(server.destroyed, false)
  })

  test('a client that gives up while its name is looked up leaves nothing behind', async () => {
    const looking = Promise.withResolvers<AbortSignal>()
    const { client } = await proxied({
      proxy: {
        maxSessionTunnels: 1,
        resolve: (_host, signal) => {
          looking.resolve(signal)
          return new Promise(() => {})
        },
      },
    })
    const { port } = await echo()
    const stream = await asked(client, 'slow.example', port)
    const signal = await looking.promise
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve))
    stream.destroy('H3_REQUEST_CANCELLED')
    await aborted
    await goesOn(client, port)
  })

  test('datagrams before the tunnel is open are kept in small number (section 5)', async () => {
    const looking = Promise.withResolvers<void>()
    const found = Promise.withResolvers<readonly string[]>()
    const { client } = await proxied({
      proxy: {
        resolve: () => {
          looking.resolve()
          return found.promise
        },
      },
    })
    const heard: number[] = []
    const last = Promise.withResolvers<void>()
    const { port } = await target((payload) => {
      heard.push(payload[0]!)
      if (payload[0] === 255) last.resolve()
    })
    const stream = await asked(client, 'slow.example', port)
    await looking.promise
    for (let count = 0; count < 100; count++) stream.sendDatagram(Uint8Array.of(0, count))
    // The proxy has them all when it has what is behind them.
    const before = client.quic.stats.datagramsSent
    assert.ok(before <= 100)
    while (client.quic.stats.datagramsAcknowledged < 100) await new Promise((resolve) => setImmediate(resolve))
    found.resolve(['127.0.0.1'])
    await stream.response()
    stream.writeSync(encodeCapsule(0, Uint8Array.of(0, 255)))
    await last.promise
    assert.deepEqual(heard, [...Array.from({ length: 16 }, (_, index) => index), 255])
  })

  test('a client that takes nothing holds a bounded memory', async () => {
    // Capsules alone, and a window that is never opened again.
    const { client } = await proxied({ client: { enableDatagrams: false } })
    const burst = 2000
    const done = Promise.withResolvers<void>()
    const { port } = await target((_payload, from, socket) => {
      let left = burst
      const flood = Buffer.alloc(8000)
      const next = (): void => {
        if (left-- > 0) socket.send(flood, from.port, from.address, next)
        else done.resolve()
      }
      next()
    })
    const stream = await raw(client, port)
    collect()
    const before = process.memoryUsage().arrayBuffers
    stream.writeSync(encodeCapsule(0, Uint8Array.of(0, 1)))
    await done.promise
    await goesOn(client, (await echo()).port)
    collect()
    assert.ok(process.memoryUsage().arrayBuffers - before < (burst * 8000) / 2, 'what nobody takes is dropped')
    stream.destroy('H3_REQUEST_CANCELLED')
  })
})
