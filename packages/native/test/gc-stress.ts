// Run by gc-stress.test.ts with --expose-gc: handshakes, packets and datagrams while garbage is collected, here and in Workers that are
// terminated in the middle of it. A dangling address or a throw across C ends the process with a signal; a packet that does not open ends
// it with an error.
import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { Arena, initialKeys, openUdpSocket, TlsContext, type UdpSocket } from '../src/index.ts'
import type { TestCertificate } from './certificates.ts'
import { createCertificate } from './certificates.ts'
import { converse, eventsOf, releaseAll, type Side } from './handshake.ts'

const ROUNDS_HERE = 24
const WORKERS = 24
/** Workers at once. */
const LANES = 2

const gc = globalThis.gc ?? assert.fail('run me with --expose-gc')
const ARENA_SIZES = [8, 16, 24, 32, 50, 60, 64, 112, 128, 200, 512, 1350, 16_384, 20_000] as const
let collections = 0

/** Collects garbage and overwrites what it held. Mostly the young generation, which is what moves; every fourth time all there is. */
function disturb(): void {
  if (++collections % 4 === 0) gc()
  else gc({ type: 'minor', execution: 'sync' })
  litter()
}

if (isMainThread) {
  const certificate = createCertificate({ name: 'stress', hosts: ['localhost'] })
  const pair = await openPair()
  for (let round = 0; round < ROUNDS_HERE; round++) await stress(certificate, pair)
  await Promise.all(pair.map((socket) => socket.close()))
  let started = 0
  const lane = async (): Promise<void> => {
    while (started < WORKERS) await terminateInFlight(certificate, started++)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  console.log(`${ROUNDS_HERE} rounds, ${WORKERS} workers`)
} else {
  const pair = await openPair()
  for (;;) {
    await stress(workerData as TestCertificate, pair)
    parentPort!.postMessage('round')
  }
}

/** Ends a Worker after its first, second or third round: at whatever point of the next one it then is. */
async function terminateInFlight(certificate: TestCertificate, index: number): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: certificate })
  let rounds = 0
  await new Promise<void>((resolve, reject) => {
    worker.on('error', reject)
    worker.on('message', () => {
      if (++rounds > index % 3) resolve()
    })
  })
  await worker.terminate()
}

async function stress(certificate: TestCertificate, pair: readonly [UdpSocket, UdpSocket]): Promise<void> {
  handshakes(certificate)
  initialPackets()
  manyKeys()
  await datagrams(pair)
  await nextTurn()
}

function handshakes(certificate: TestCertificate): void {
  const server = new TlsContext({ side: 'server', alpn: ['stress'], sni: { '*': certificate }, keylog: litter })
  const client = new TlsContext({ side: 'client', alpn: ['stress'], ca: certificate.certs, keylog: litter })
  let ticket: Uint8Array | null = null
  for (let i = 0; i < 2; i++) {
    const sides = converse(
      client.session({ transportParameters: Buffer.alloc(50, 1), servername: 'localhost', ...(ticket && { ticket }) }),
      server.session({ transportParameters: Buffer.alloc(60, 2) }),
      (_from, _level, bytes) => {
        disturb()
        return bytes
      },
    )
    assert.deepEqual(eventsOf(sides.server, 'transportParametersReceived')[0]?.bytes, Buffer.alloc(50, 1))
    assert.equal(eventsOf(sides.client, 'handshakeCompleted')[0]?.resumed, i === 1)
    packets(sides.client, sides.server)
    packets(sides.server, sides.client)
    ticket = eventsOf(sides.client, 'ticketReceived')[0]?.ticket ?? null
    releaseAll(sides)
  }
  // Some are left for the collector to find, begun and not ended.
  client.session({ transportParameters: Buffer.alloc(10), servername: 'localhost' }).start()
  server.release()
  client.release()
}

function packets(from: Side, to: Side): void {
  const { sealer } = eventsOf(from, 'sealerInstalled').at(-1)!
  const { opener } = eventsOf(to, 'openerInstalled').at(-1)!
  for (let number = 0; number < 100; number++) {
    const arena = Arena.allocate(1350)
    arena.bytes.fill(number)
    arena.bytes[0] = 0x43
    sealer.seal(arena, 0, 20, 4, 1314, number)
    if (number % 25 === 0) {
      disturb()
    }
    assert.equal(opener.unmask(arena, 0, 16), 4)
    assert.ok(opener.open(arena, 0, 20, 1330, number))
    assert.equal(arena.bytes[1000], number)
  }
}

function initialPackets(): void {
  for (let i = 0; i < 20; i++) {
    const id = Buffer.alloc(8, i)
    const client = initialKeys('client', 1, id)
    const server = initialKeys('server', 1, id)
    const arena = Arena.allocate(200)
    arena.bytes[0] = 0xc3
    client.sealer.seal(arena, 0, 30, 4, 100, i)
    if (i % 10 === 0) disturb()
    server.opener.unmask(arena, 0, 26)
    assert.ok(server.opener.open(arena, 0, 30, 116, i))
    for (const each of [client.sealer, client.opener, server.sealer, server.opener]) each.release()
  }
}

/** More keys at once than there are contexts of OpenSSL's, some of which end while others work. */
function manyKeys(): void {
  const pairs = Array.from({ length: 100 }, (_, i) => {
    const id = Buffer.alloc(8, i)
    return { sealer: initialKeys('client', 1, id).sealer, opener: initialKeys('server', 1, id).opener }
  })
  disturb()
  for (const [i, { sealer, opener }] of pairs.entries()) {
    const arena = Arena.allocate(200)
    arena.bytes[0] = 0xc3
    sealer.seal(arena, 0, 30, 4, 100, i)
    if (i % 3 === 0) {
      // Its slot and its place in a context go to the next.
      sealer.release()
      pairs[i] = { sealer: initialKeys('client', 1, Buffer.alloc(8, 200)).sealer, opener }
    }
    if (i % 25 === 0) disturb()
    opener.unmask(arena, 0, 26)
    assert.ok(opener.open(arena, 0, 30, 116, i))
  }
  for (const { sealer, opener } of pairs) for (const each of [sealer, opener]) each.release()
}

/** A train each way, collecting while it is under way and while it is being taken in. */
async function datagrams([one, other]: readonly [UdpSocket, UdpSocket]): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    let left = 40
    const arrived = new Promise<void>((resolve) => {
      to.onreceive = (batch) => {
        disturb()
        for (let i = 0; i < batch.count; i++) assert.equal(batch.memory.bytes[batch.offset(i) + 500], 0x77)
        left -= batch.count
        if (left <= 0) resolve()
      }
    })
    from.outgoing.bytes.fill(0x77, 0, 40_000)
    from.send(0, 40_000, 1000, from.resolve('127.0.0.1', to.local.port))
    disturb()
    await arrived
  }
}

async function openPair(): Promise<readonly [UdpSocket, UdpSocket]> {
  return [await openUdpSocket({ address: '127.0.0.1', port: 0 }), await openUdpSocket({ address: '127.0.0.1', port: 0 })]
}

/** Fills what was just freed with garbage of the sizes that matter: in V8's heap, and outside it where arenas lie. */
function litter(): void {
  for (let i = 0; i < 50; i++) new Uint8Array(64).fill(0xee)
  for (const size of ARENA_SIZES) for (let i = 0; i < 8; i++) Buffer.from(new ArrayBuffer(size)).fill(0xee)
}
