import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { after, describe, it } from 'node:test'
import { freePort } from '../../../scripts/support/free-port.ts'
import { type Address, openUdpSocket, type ReceivedBatch, type UdpSocket, type UdpSocketOptions } from '../src/index.ts'

const IPV6 = await canBind('::1')
const BATCHED = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')

for (const kind of BATCHED ? (['batched', 'portable'] as const) : (['portable'] as const)) {
  describe(`a ${kind} UDP socket`, () => {
    const sockets: UdpSocket[] = []
    const open = async (options: Partial<UdpSocketOptions> = {}): Promise<UdpSocket> => {
      const socket = await openUdpSocket({ address: '127.0.0.1', port: 0, kind, ...options })
      sockets.push(socket)
      return socket
    }
    after(() => Promise.all(sockets.map((socket) => socket.close())))

    it("says whether its datagrams leave with Don't Fragment", async () => {
      assert.equal((await open()).whole, kind === 'batched')
    })

    for (const address of IPV6 ? ['127.0.0.1', '::1'] : ['127.0.0.1']) {
      it(`carries datagrams there and back on ${address}`, async () => {
        const one = await open({ address })
        const other = await open({ address })
        const there = collect(other, 1)
        put(one, 'hello')
        assert.equal(one.send(0, 5, 1200, one.resolve(address, other.local.port)), true)
        const [first] = await there
        assert.equal(first!.bytes.toString(), 'hello')
        assert.deepEqual(plain(first!.from), plain(one.local))
        assert.equal(first!.ecn, 0)

        const back = collect(one, 1)
        put(other, 'welcome')
        other.send(0, 7, 7, first!.from)
        assert.equal((await back)[0]!.bytes.toString(), 'welcome')
        assert.equal(other.stats.datagramsReceived, 1)
        assert.equal(other.stats.bytesReceived, 5)
        assert.equal(one.stats.bytesSent, 5)
        assert.equal(one.kind, kind)
        assert.equal(one.ecn, kind === 'batched')
      })
    }

    it('bound to :: takes IPv4 too, and calls it so', { skip: !IPV6 }, async () => {
      const both = await open({ address: '::' })
      const four = await open({ address: '127.0.0.1' })
      const there = collect(both, 1)
      put(four, 'four')
      four.send(0, 4, 4, four.resolve('127.0.0.1', both.local.port))
      const { from } = (await there)[0]!
      assert.deepEqual(plain(from), { family: 4, address: '127.0.0.1', port: four.local.port })
      const back = collect(four, 1)
      put(both, 'six')
      both.send(0, 3, 3, from)
      assert.equal((await back)[0]!.bytes.toString(), 'six')
      assert.equal(both.resolve('127.0.0.1', four.local.port), from)
    })

    it('tells how many datagrams lie together, as long as each other and end to end', async () => {
      const one = await open()
      const other = await open()
      const there = collect(other, 12)
      const to = one.resolve('127.0.0.1', other.local.port)
      one.send(0, 1050, 100, to)
      one.send(0, 10, 10, to)
      for (const { together, stretch } of await there) assert.equal(together, stretch)
      assert.equal(other.stats.datagramsReceived, 12)
    })

    it('cuts a train into segments, the last one shorter, anywhere in its memory', async () => {
      const one = await open()
      const other = await open()
      const to = one.resolve('127.0.0.1', other.local.port)
      for (const [count, last] of [
        [1, 700],
        [2, 1],
        [64, 1000],
        [65, 1000],
        [100, 999],
      ] as const) {
        const there = collect(other, count)
        const length = (count - 1) * 1000 + last
        const offset = 1234
        for (let i = 0; i < length; i++) one.outgoing.bytes[offset + i] = (i / 1000) | 0
        assert.equal(one.send(offset, length, 1000, to), true)
        const received = await there
        assert.deepEqual(
          received.map(({ bytes }) => bytes.length),
          [...Array.from({ length: count - 1 }, () => 1000), last],
        )
        assert.ok(received.every(({ bytes }, i) => bytes.every((byte) => byte === i)))
      }
      assert.equal(one.stats.datagramsSent, 232)
      assert.equal(one.stats.sendErrors, 0)
    })

    it('delivers a thousand datagrams in order', async () => {
      const one = await open()
      const other = await open()
      const to = one.resolve('127.0.0.1', other.local.port)
      const there = collect(other, 1000)
      for (let train = 0; train < 100; train++) {
        for (let i = 0; i < 10; i++) one.outgoing.view.setUint32(i * 100, train * 10 + i)
        assert.equal(one.send(0, 1000, 100, to), true)
      }
      assert.deepEqual(
        (await there).map(({ bytes }) => bytes.readUInt32BE(0)),
        Array.from({ length: 1000 }, (_, i) => i),
      )
    })

    it('gives one object for one remote, and another for another', async () => {
      const one = await open()
      const two = await open()
      const other = await open()
      const seen: Address[] = []
      for (const from of [one, two, one, one, two]) {
        const there = collect(other, 1)
        put(from, 'x')
        from.send(0, 1, 1, from.resolve('127.0.0.1', other.local.port))
        seen.push((await there)[0]!.from)
      }
      assert.equal(new Set(seen).size, 2)
      assert.equal(seen[0], seen[2])
      assert.equal(seen[0], seen[3])
      assert.equal(seen[1], seen[4])
      assert.equal(other.resolve('127.0.0.1', one.local.port), seen[0])
    })

    it('takes an address of another socket', async () => {
      const one = await open()
      const other = await open()
      const there = collect(other, 1)
      put(one, 'x')
      one.send(0, 1, 1, other.resolve('127.0.0.1', other.local.port))
      assert.equal((await there).length, 1)
    })

    it('drops what is longer than a slot, counts it, and goes on', async () => {
      const one = await open()
      const other = await open()
      const to = one.resolve('127.0.0.1', other.local.port)
      const there = collect(other, 3)
      for (const [text, length] of [
        ['a', 2048],
        ['b', 2049],
        ['c', 9000],
        ['d', 10],
        ['e', 2049],
        ['f', 10],
      ] as const) {
        put(one, text)
        one.send(0, length, length, to)
      }
      assert.deepEqual(
        (await there).map(({ bytes }) => bytes.toString('latin1', 0, 1)),
        ['a', 'd', 'f'],
      )
      assert.equal(other.stats.truncated, 3)
    })

    it('counts what cannot be delivered, and does not throw', async () => {
      const socket = await open({ address: '0.0.0.0' })
      const errors = (): number => socket.stats.sendErrors
      // Nothing on this machine may send to it without SO_BROADCAST.
      const broadcast = socket.resolve('255.255.255.255', 9)
      socket.send(0, 100, 100, broadcast)
      await until(() => errors() === 1)
      let heard = ''
      socket.send(0, 300, 100, broadcast, 0, { refused: (datagrams, code) => (heard += code.repeat(datagrams)) })
      await until(() => errors() === 4)
      assert.match(heard, /^((EACCES){3}|(ENETUNREACH){3})$/)
      // To nobody: whatever ICMP says is not an error of the socket.
      const closed = await open()
      const nobody = socket.resolve('127.0.0.1', closed.local.port)
      await closed.close()
      assert.equal(socket.send(0, 100, 100, nobody), true)
      const self = collect(socket, 1)
      put(socket, 'still here')
      socket.send(0, 10, 10, socket.resolve('127.0.0.1', socket.local.port))
      assert.equal((await self)[0]!.bytes.toString(), 'still here')
    })

    it('rejects a port in use, an address that is not ours, and a text that is no address', async () => {
      const socket = await open()
      const place = { address: '127.0.0.1', port: socket.local.port, kind }
      await assert.rejects(openUdpSocket(place), {
        name: 'NativeError',
        code: 'EADDRINUSE',
        message: new RegExp(`127\\.0\\.0\\.1:${socket.local.port}.*in use`),
      })
      await assert.rejects(openUdpSocket({ address: '192.0.2.1', port: 0, kind }), { name: 'NativeError', code: 'EADDRNOTAVAIL' })
      await assert.rejects(openUdpSocket({ address: 'localhost', port: 0, kind }), { code: 'ERR_NATIVE_OPTION' })
      assert.throws(() => socket.resolve('localhost', 1), { code: 'ERR_NATIVE_OPTION' })
      assert.throws(() => socket.resolve('127.0.0.1', 65_536), { code: 'ERR_NATIVE_OPTION' })
      assert.throws(() => socket.resolve('::1', 1), { code: 'ERR_NATIVE_OPTION' })
    })

    it('shares its port when both say so', async () => {
      const first = await open({ reusePort: true })
      const second = await open({ reusePort: true, port: first.local.port })
      assert.equal(second.local.port, first.local.port)
    })

    it('takes over an address when both say so', async () => {
      const first = await open({ reuseAddress: true })
      const second = await open({ reuseAddress: true, port: first.local.port })
      const one = await open()
      const there = collect(second, 1)
      put(one, 'second')
      one.send(0, 6, 6, one.resolve('127.0.0.1', first.local.port))
      assert.equal((await there)[0]!.bytes.toString(), 'second')
    })

    it('sends nothing from outside its memory', async () => {
      const socket = await open()
      const { size } = socket.outgoing
      for (const [offset, length, segment] of [
        [-1, 10, 10],
        [0, 0, 10],
        [size - 5, 10, 10],
        [0, 10, 0],
        [0, 10, 70_000],
        [Number.NaN, 10, 10],
        [0, Number.NaN, 10],
        [0, 10, Number.NaN],
      ] as const) {
        assert.throws(
          () => socket.send(offset, length, segment, socket.local),
          { code: 'ERR_NATIVE_RANGE' },
          `send(${offset}, ${length}, ${segment})`,
        )
      }
    })

    it('closes in the middle of traffic: nothing is called afterwards, and the port is free', async () => {
      const one = await open()
      const other = await open({ port: await freePort() })
      const to = one.resolve('127.0.0.1', other.local.port)
      let batches = 0
      let closed: Promise<void> | null = null
      await new Promise<void>((resolve) => {
        other.onreceive = () => {
          batches++
          closed ??= other.close()
          resolve()
        }
        for (let i = 0; i < 50; i++) one.send(0, 60_000, 1000, to)
      })
      await closed
      assert.equal(batches, 1)
      assert.equal(other.send(0, 1, 1, to), false)
      assert.equal(await other.close(), undefined, 'twice is as good as once')
      const again = await open({ port: other.local.port })
      assert.equal(again.local.port, other.local.port)
    })

    it('gives timers their turn while datagrams pour in', async () => {
      const one = await open()
      const other = await open()
      const to = one.resolve('127.0.0.1', other.local.port)
      let fired = false
      let received = 0
      setTimeout(() => {
        fired = true
      }, 1)
      await new Promise<void>((resolve) => {
        other.onreceive = (batch) => {
          received += batch.count
          // Each batch brings more than it took away, for as long as the timer waits.
          if (fired) resolve()
          else for (let i = 0; i <= batch.count; i += 32) one.send(0, 3200, 100, to)
        }
        one.send(0, 3200, 100, to)
      })
      assert.ok(received > 0)
    })
  })
}

describe('the portable socket under pressure', () => {
  it('says false when a megabyte waits, takes no more, and calls onwritable when all has left', async () => {
    const one = await openUdpSocket({ address: '127.0.0.1', port: 0, kind: 'portable' })
    const other = await openUdpSocket({ address: '127.0.0.1', port: 0, kind: 'portable' })
    const to = one.resolve('127.0.0.1', other.local.port)
    let accepted = 0
    while (one.send(0, 60_000, 1200, to)) accepted++
    assert.ok(accepted * 60_000 < 2_000_000)
    const refusedAt = one.stats.datagramsSent
    assert.equal(one.send(0, 60_000, 1200, to), false)
    assert.equal(one.stats.blocked, 2)
    await new Promise<void>((resolve) => {
      one.onwritable = resolve
    })
    // All trains up to and with the one that said false, not the one after it.
    assert.equal(one.stats.datagramsSent + one.stats.sendErrors, (accepted + 1) * 50)
    assert.ok(one.stats.datagramsSent > refusedAt)
    assert.equal(one.send(0, 1200, 1200, to), true)
    await Promise.all([one.close(), other.close()])
  })
})

it("a socket that is unref'd lets the process end", async () => {
  const { spawn } = await import('node:child_process')
  const source = `import { openUdpSocket } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
for (const kind of ${JSON.stringify(BATCHED ? ['batched', 'portable'] : ['portable'])}) (await openUdpSocket({ address: '127.0.0.1', port: 0, kind })).unref()`
  const child = spawn(process.execPath, ['-C', 'source', '--input-type=module', '-e', source], { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
})

interface Received {
  readonly bytes: Buffer
  readonly from: Address
  readonly ecn: number
  /** What the batch says of it and those behind it, and what can be seen. */
  readonly together: number
  readonly stretch: number
}

/** The next `count` datagrams. */
function collect(socket: UdpSocket, count: number): Promise<Received[]> {
  return new Promise((resolve) => {
    const received: Received[] = []
    socket.onreceive = (batch: ReceivedBatch) => {
      for (let i = 0; i < batch.count; i++) {
        const start = batch.offset(i)
        received.push({
          bytes: Buffer.from(batch.memory.bytes.subarray(start, start + batch.length(i))),
          from: batch.from(i),
          ecn: batch.ecn(i),
          together: batch.together(i),
          stretch: stretchOf(batch, i),
        })
      }
      if (received.length >= count) resolve(received)
    }
  })
}

/** Datagrams from the i-th on that are as long as it and lie end to end. */
function stretchOf(batch: ReceivedBatch, i: number): number {
  let next = i + 1
  while (next < batch.count && batch.length(next) === batch.length(i) && batch.offset(next) === batch.offset(next - 1) + batch.length(i))
    next++
  return next - i
}

function put(socket: UdpSocket, text: string): void {
  socket.outgoing.bytes.write(text, 'latin1')
}

function plain({ family, address, port }: Address): Address {
  return { family, address, port }
}

/** Turns of the event loop until something holds. */
async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !holds(); turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.ok(holds())
}

async function canBind(address: string): Promise<boolean> {
  const socket = createSocket('udp6')
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false))
    socket.bind({ address, port: 0 }, () => socket.close(() => resolve(true)))
  })
}
