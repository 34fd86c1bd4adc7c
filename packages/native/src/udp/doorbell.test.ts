import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { closeSync, readdirSync, readlinkSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { Kernel } from '../../test/kernel.ts'
import { Arena, addressOf } from '../arena.ts'
import { sockets } from '../binding/libc.ts'
import { encodeSockaddr } from './address.ts'
import { openBatchedSocket } from './batched.ts'
import { Doorbell } from './doorbell.ts'
import { AF_INET, AF_UNIX, SOCKET_TYPE } from './linux.ts'
import { RoomBell } from './room-bell.ts'

const isLinux = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')

describe('the doorbell', { skip: !isLinux }, () => {
  const sender = createSocket('udp4')
  before(() => new Promise<void>((resolve) => sender.bind(0, '127.0.0.1', resolve)))
  after(() => sender.close())

  it('rings once a turn while something waits to be read, and takes none of it', async () => {
    const { fd, port } = bound()
    const bell = new Doorbell(fd, sockets())
    const turns: number[] = []
    let turn = 0
    const count = (): void => {
      turn++
      if (turns.length < 3) setImmediate(count)
    }
    await new Promise<void>((resolve) => {
      // Nothing is read: it rings again, turn after turn.
      bell.onring = () => {
        if (turns.length === 0) setImmediate(count)
        if (turns.push(turn) === 3) resolve()
      }
      sender.send('a datagram', port, '127.0.0.1')
    })
    bell.onring = () => {}
    assert.deepEqual(turns, [0, 1, 2])
    assert.equal(read(fd), 10)
    await bell.close()
    closeSync(fd)
  })

  it('promises and ticks that a ring brings forth run at once', async () => {
    const { fd, port } = bound()
    const bell = new Doorbell(fd, sockets())
    const order: string[] = []
    await new Promise<void>((resolve) => {
      bell.onring = () => {
        read(fd)
        order.push('ring')
        setImmediate(() => {
          order.push('turn')
          resolve()
        })
        Promise.resolve().then(() => order.push('promise'))
        process.nextTick(() => order.push('tick'))
      }
      sender.send('x', port, '127.0.0.1')
    })
    assert.deepEqual(order, ['ring', 'tick', 'promise', 'turn'])
    await bell.close()
    closeSync(fd)
  })

  it('does not ring any more once it is closed, whatever waits, and leaves what it watched open', async () => {
    const { fd, port } = bound()
    const bell = new Doorbell(fd, sockets())
    await new Promise<void>((resolve) => {
      bell.onring = resolve
      sender.send('x', port, '127.0.0.1')
    })
    bell.onring = () => assert.fail('it is closed')
    await bell.close()
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(read(fd), 1)
    closeSync(fd)
  })

  it('rings for room only while it is asked to', async () => {
    const { fd } = bound()
    let ring = (): void => assert.fail('nobody has asked')
    const bell = new RoomBell(fd, () => ring(), sockets())
    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    await turns()
    await new Promise<void>((resolve) => {
      ring = resolve
      bell.watches = true
    })
    bell.watches = false
    ring = () => assert.fail('there is nothing to ring for')
    await turns()
    await bell.close()
    closeSync(fd)
  })

  it('leaves no descriptor behind: not when closed, not when it cannot be made, not when its Worker is terminated', async () => {
    const before = descriptors()
    const place = { address: '127.0.0.1', port: 0 }
    await (await openBatchedSocket(place)).close()
    assert.equal(descriptors(), before)

    for (const [call, broken] of Object.entries(BROKEN)) {
      await assert.rejects(openBatchedSocket(place, new Kernel(broken).calls), new RegExp(`UDP ${call}.*: EMFILE`))
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(descriptors(), before, call)
    }

    const source = `import { parentPort } from 'node:worker_threads'
import { openUdpSocket } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)}
for (let i = 0; i < 5; i++) await openUdpSocket({ address: '127.0.0.1', port: 0, kind: 'batched' })
parentPort.postMessage('open')`
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`))
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    assert.ok(descriptors() >= before + 15)
    await worker.terminate()
    assert.equal(descriptors(), before)
  })
})

/** Each of the calls by which a socket is opened, failing. */
const BROKEN: Readonly<Record<string, ConstructorParameters<typeof Kernel>[0]>> = {
  bind: (_real, fail) => ({ bind: () => fail('EMFILE') }),
  dup3: (_real, fail) => ({ dup3: () => fail('EMFILE') }),
  getsockname: (_real, fail) => ({ getsockname: () => fail('EMFILE') }),
  socket: (real, fail) => ({ socket: (family, ...rest) => (family === AF_UNIX ? fail('EMFILE') : real.socket(family, ...rest)) }),
  epoll_create1: (_real, fail) => ({ epoll_create1: () => fail('EMFILE') }),
  epoll_ctl: (_real, fail) => ({ epoll_ctl: () => fail('EMFILE') }),
}

/** A socket bound to the loopback address. */
function bound(): { readonly fd: number; readonly port: number } {
  const calls = sockets()
  const fd = calls.socket(AF_INET, SOCKET_TYPE, 0)
  const place = Arena.from(encodeSockaddr(4, '127.0.0.1', 0))
  assert.equal(calls.bind(fd, addressOf(place), place.size), 0)
  const length = Arena.allocate(4)
  length.view.setUint32(0, place.size, true)
  assert.equal(calls.getsockname(fd, addressOf(place), addressOf(length)), 0)
  return { fd, port: place.view.getUint16(2) }
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

/** How many there are of the kinds that a socket opens: others in the process open files whenever they like. */
function descriptors(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return /^(socket:|anon_inode:\[eventpoll\]$|\/$)/.test(readlinkSync(`/proc/self/fd/${fd}`))
    } catch {
      // That of the list itself, which is closed by now.
      return false
    }
  }).length
}
