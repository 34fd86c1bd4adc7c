// Garbage at the port of a server that is at work: nothing crashes, memory stays flat, the live connection goes on. Through real sockets.
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { seeded } from './support/pair.ts'
import { dial, echo, readAll, serve } from './support/server.ts'

const DATAGRAMS = 20_000
/** What the heap may grow by while they arrive: far less than a byte for each. */
const GROWTH = 8 * 1024 * 1024

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapUsed(): number {
  collect()
  return process.memoryUsage().heapUsed
}

/** A socket that sends faithfully, so that what was sent can be waited for. */
class Sender {
  readonly #socket: Socket = createSocket('udp4')
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(bytes, this.#port, '127.0.0.1', (error) => (error ? reject(error) : resolve()))
    })
  }

  close(): void {
    this.#socket.close()
  }
}

/** Real first datagrams of clients, to be mutilated: what a client sends to a port where a plain socket listens. */
async function recordInitials(): Promise<Buffer[]> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const recorded: Buffer[] = []
  const enough = Promise.withResolvers<void>()
  socket.on('message', (bytes) => {
    recorded.push(bytes)
    if (recorded.length === 4) enough.resolve()
  })
  const sessions = await Promise.all([1, 2].map(() => dial(`127.0.0.1:${socket.address().port}`)))
  await enough.promise
  for (const session of sessions) session.destroy()
  socket.close()
  return recorded
}

const KINDS: Readonly<Record<string, (random: () => number, initials: readonly Buffer[]) => Buffer>> = {
  'random bytes': (random) => randomBytesOf(random, Math.floor(random() * 1500)),
  'long headers with random content': (random) => {
    const bytes = randomBytesOf(random, 1200 + Math.floor(random() * 200))
    bytes[0] = 0xc0 | (bytes[0]! & 0x3f)
    bytes.writeUInt32BE(random() < 0.5 ? 1 : Math.floor(random() * 2 ** 32), 1)
    bytes[5] = Math.floor(random() * 21)
    return bytes
  },
  'truncated Initials': (random, initials) => {
    const initial = initials[Math.floor(random() * initials.length)]!
    return initial.subarray(0, Math.floor(random() * initial.length))
  },
  'bit-flipped Initials': (random, initials) => {
    const initial = Buffer.from(initials[Math.floor(random() * initials.length)]!)
    const at = Math.floor(random() * initial.length)
    initial[at] = initial[at]! ^ (1 << Math.floor(random() * 8))
    return initial
  },
  'empty datagrams': () => Buffer.alloc(0),
}

function randomBytesOf(random: () => number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)))
}

for (const udp of ['batched', 'portable'] as const) {
  test(`a live connection goes on while garbage pours in (${udp})`, async (t) => {
    const server = await serve(echo, { endpoint: { address: '127.0.0.1:0', udp }, handshakeTimeout: 5000 })
    const session = await dial(server.address)
    const stream = await session.createBidirectionalStream()
    const initials = await recordInitials()
    const sender = new Sender(server.endpoint.address.port)
    let pinged = 0
    for (const [kind, make] of Object.entries(KINDS)) {
      const seed = randomInt(2 ** 32)
      t.diagnostic(`${kind}: seed ${seed}`)
      const random = seeded(seed)
      const before = heapUsed()
      for (let i = 0; i < DATAGRAMS / 5; i++) {
        await sender.send(make(random, initials))
        if (i % 400 !== 0) continue
        await stream.write(`ping ${pinged}`)
        assert.equal(Buffer.from((await stream.read())!).toString(), `ping ${pinged++}`, `seed ${seed}`)
      }
      assert.ok(heapUsed() - before < GROWTH, `${kind}, seed ${seed}: the heap grew`)
    }
    sender.close()
    void stream.end()
    await readAll(stream)
    await session.close()
    assert.ok(server.endpoint.stats.datagramsDropped > 0)
    await Promise.allSettled(server.sessions.map((each) => each.closed))
    await server.endpoint.close()
  })
}
