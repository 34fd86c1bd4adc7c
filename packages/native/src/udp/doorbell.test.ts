import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { readdirSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { Arena, addressOf } from '../arena.ts'
import { type SocketFunctions, sockets } from '../binding/libc.ts'
import { encodeSockaddr } from './address.ts'
import { Doorbell } from './doorbell.ts'
import { AF_INET, SOCKET_TYPE } from './linux.ts'

const isLinux = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')

describe('the doorbell', { skip: !isLinux }, () => {
  const sender = createSocket('udp4')
  before(() => new Promise<void>((resolve) => sender.bind(0, '127.0.0.1', resolve)))
  after(() => sender.close())

  for (const shortened of [true, false]) {
    describe(shortened ? 'as Node has it inside' : 'as Node has it outside, by errors', () => {
      it('rings once a turn while something waits to be read, and takes none of it', async () => {
        const bell = new Doorbell(bound(), 4, sockets(), { shortened })
        const rings = await new Promise<number>((resolve) => {
          let rung = 0
          // Nothing is read: it rings again, turn after turn.
          bell.onring = () => {
            if (++rung === 3) resolve(rung)
          }
          sender.send('a datagram', bell.port, '127.0.0.1')
        })
        bell.onring = () => {}
        assert.equal(rings, 3)
        assert.equal(read(bell.fd), 10)
        await bell.close()
      })

      it('promises and ticks that a ring brings forth run at once', async () => {
        const bell = new Doorbell(bound(), 4, sockets(), { shortened })
        const order: string[] = []
        await new Promise<void>((resolve) => {
          bell.onring = () => {
            read(bell.fd)
            order.push('ring')
            setImmediate(() => {
              order.push('turn')
              resolve()
            })
            Promise.resolve().then(() => order.push('promise'))
            process.nextTick(() => order.push('tick'))
          }
          sender.send('x', bell.port, '127.0.0.1')
        })
        assert.deepEqual(order, ['ring', 'tick', 'promise', 'turn'])
        await bell.close()
      })
    })
  }

  it('rings for room only while it is asked to', async () => {
    const bell = new Doorbell(bound(), 4, sockets())
    await new Promise<void>((resolve) => {
      bell.onring = resolve
      bell.watchesRoom = true
    })
    bell.watchesRoom = false
    bell.onring = () => assert.fail('there is nothing to ring for')
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    await bell.close()
  })

  it('leaves no descriptor behind: not when closed, not when it cannot be made, not when its Worker is terminated', async () => {
    const before = descriptors()
    await new Doorbell(bound(), 4, sockets()).close()
    assert.equal(descriptors(), before)

    const broken: SocketFunctions = { ...sockets(), epoll_create1: () => -1 }
    assert.throws(() => new Doorbell(bound(), 4, broken), /epoll_create1/)
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(descriptors(), before)

    const source = `import { parentPort } from 'node:worker_threads'
import { openUdpSocket } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)}
for (let i = 0; i < 5; i++) await openUdpSocket({ address: '127.0.0.1', port: 0, kind: 'batched' })
parentPort.postMessage('open')`
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`))
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    assert.ok(descriptors() >= before + 10)
    await worker.terminate()
    assert.equal(descriptors(), before)
  })
})

/** A socket bound to the loopback address. */
function bound(): number {
  const calls = sockets()
  const fd = calls.socket(AF_INET, SOCKET_TYPE, 0)
  const place = Arena.from(encodeSockaddr(4, '127.0.0.1', 0))
  assert.equal(calls.bind(fd, addressOf(place), place.size), 0)
  return fd
}

/** Reads one datagram, and returns its length. */
function read(fd: number): number {
  const [vector, header, room] = [Arena.allocate(16), Arena.allocate(64), Arena.allocate(2048)]
  vector.view.setBigUint64(0, BigInt(addressOf(room)), true)
  vector.view.setBigUint64(8, 2048n, true)
  header.view.setBigUint64(16, BigInt(addressOf(vector)), true)
  header.view.setBigUint64(24, 1n, true)
  assert.equal(sockets().recvmmsg(fd, addressOf(header), 1, 0, 0), 1)
  return header.view.getUint32(56, true)
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}
