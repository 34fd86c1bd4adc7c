// What a socket does when the kernel refuses: one datagram is lost, or the socket is.
import assert from 'node:assert/strict'
import { closeSync, existsSync, readdirSync, readlinkSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { Kernel } from '../../test/kernel.ts'
import { openBatchedSocket } from './batched.ts'
import { openUdpSocket } from './open.ts'
import type { RefusalListener, UdpSocket } from './socket.ts'

const isLinux = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')

describe('the batched socket and a kernel that refuses', { skip: !isLinux }, () => {
  const place = { address: '127.0.0.1', port: 0 }
  const open: UdpSocket[] = []
  after(() => Promise.all(open.map((socket) => socket.close())))
  const socketOn = async (kernel: Kernel, options = {}): Promise<UdpSocket> => {
    const socket = await openBatchedSocket({ ...place, ...options }, kernel.calls)
    open.push(socket)
    return socket
  }

  for (const errno of ['ENOBUFS', 'EMSGSIZE', 'ECONNREFUSED', 'EPERM', 'ENETUNREACH', 'EHOSTUNREACH'] as const) {
    it(`${errno} on sending loses the datagrams, counts them, and the socket goes on`, async () => {
      let refuses = true
      const one = await socketOn(
        new Kernel((real, fail) => ({
          sendmsg: (...values) => (refuses ? fail(errno) : real.sendmsg(...values)),
          sendmmsg: (...values) => (refuses ? fail(errno) : real.sendmmsg(...values)),
        })),
      )
      const [heard, other] = [new Refusals(), new Refusals()]
      assert.equal(one.send(0, 1000, 100, one.local, 0, heard), true)
      assert.equal(one.send(0, 100, 100, one.local, 0, heard), true)
      assert.equal(one.send(0, 100, 100, one.local, 0, other), true)
      assert.equal(one.send(0, 100, 100, one.local), true)
      assert.deepEqual([one.stats.sendErrors, one.stats.datagramsSent], [13, 0])
      assert.deepEqual([heard.datagrams, heard.codes, other.datagrams], [11, new Set([errno]), 1], 'who sent them hears of them')
      refuses = false
      const there = received(one, 10)
      assert.equal(one.send(0, 1000, 100, one.local), true)
      await there
      assert.equal(one.stats.sendErrors, 13)
    })
  }

  it('what is refused of a train that had to wait for room is told to who sent it', async () => {
    let answers = 0
    const one = await socketOn(
      new Kernel((_real, fail) => ({
        sendmsg: () => fail('EIO'),
        // Full at first; then there is room, and nowhere to go.
        sendmmsg: () => (answers++ === 0 ? fail('EAGAIN') : fail('EHOSTUNREACH')),
      })),
    )
    const heard = new Refusals()
    const writable = new Promise<void>((resolve) => {
      one.onwritable = resolve
    })
    assert.equal(one.send(0, 1000, 100, one.local, 0, heard), false)
    assert.equal(heard.datagrams, 0)
    await writable
    assert.deepEqual([heard.datagrams, heard.codes], [10, new Set(['EHOSTUNREACH'])])
  })

  it('EINTR on sending is no refusal', async () => {
    let interruptions = 2
    const one = await socketOn(
      new Kernel((real, fail) => ({ sendmmsg: (...values) => (interruptions-- > 0 ? fail('EINTR') : real.sendmmsg(...values)) })),
    )
    const there = received(one, 1)
    assert.equal(one.send(0, 100, 100, one.local), true)
    await there
    assert.equal(one.stats.sendErrors, 0)
  })

  for (const errno of ['ECONNREFUSED', 'ENOMEM', 'EINTR', 'ENETDOWN'] as const) {
    it(`${errno} on receiving is counted, and what waits behind it is read`, async () => {
      let refuses = 1
      const one = await socketOn(
        new Kernel((real, fail) => ({ recvmmsg: (...values) => (refuses-- > 0 ? fail(errno) : real.recvmmsg(...values)) })),
      )
      const there = received(one, 1)
      one.send(0, 100, 100, one.local)
      await there
      assert.equal(one.stats.receiveErrors, 1)
    })
  }

  const lost: readonly (readonly [string, ConstructorParameters<typeof Kernel>[0]])[] = [
    ['while sending', (_real, fail) => ({ sendmmsg: () => fail('EBADF') })],
    ['while sending a train', (_real, fail) => ({ sendmsg: () => fail('ENOTSOCK') })],
    ['while receiving', (_real, fail) => ({ recvmmsg: () => fail('EBADF') })],
  ]
  for (const [when, changes] of lost) {
    it(`a descriptor that is gone is told once, ${when}; then nothing is sent, and closing goes as ever`, async () => {
      const one = await socketOn(new Kernel(changes))
      const errors: Error[] = []
      const told = new Promise<void>((resolve) => {
        one.onerror = (error) => {
          errors.push(error)
          resolve()
        }
      })
      one.send(0, 500, 500, one.local)
      one.send(0, 500, 100, one.local)
      await told
      assert.equal(one.send(0, 100, 100, one.local), false)
      await one.close()
      assert.equal(errors.length, 1)
      assert.match(errors[0]!.message, /socket is gone: (EBADF|ENOTSOCK)/)
    })
  }

  it('so it is with a descriptor that somebody really closes', async () => {
    const before = new Set(descriptors())
    const one = await openUdpSocket({ ...place, kind: 'batched' })
    const [own] = descriptors().filter((fd) => !before.has(fd) && isSocket(fd))
    const told = new Promise<Error>((resolve) => {
      one.onerror = resolve
    })
    closeSync(Number(own))
    one.send(0, 100, 100, one.local)
    assert.equal(((await told) as NodeJS.ErrnoException).code, 'EBADF')
    await one.close()
  })

  it('a receive buffer that overflows is told once, with what to do', async () => {
    const warnings: (Error & { code?: string })[] = []
    const hear = (warning: Error): number => warnings.push(warning)
    process.on('warning', hear)
    const [one, other] = [await socketOn(new Kernel(() => ({}))), await socketOn(new Kernel(() => ({})), { receiveBufferSize: 4096 })]
    const to = one.resolve('127.0.0.1', other.local.port)
    for (let round = 0; round < 3; round++) {
      // More than fits; and one after them, which says how many went missing.
      for (let i = 0; i < 50; i++) one.send(0, 1000, 1000, to)
      await received(other, 1)
      const last = received(other, 1)
      one.send(0, 10, 10, to)
      await last
    }
    process.off('warning', hear)
    assert.ok(other.stats.receiveOverflows > 50, `${other.stats.receiveOverflows} datagrams were dropped`)
    assert.equal(one.stats.receiveOverflows, 0)
    const said = warnings.filter(({ code }) => code === 'MILLRACE_UDP_OVERFLOW')
    assert.equal(said.length, 1)
    assert.match(said[0]!.message, /datagrams were dropped: .*net\.core\.rmem_max/)
  })
})

class Refusals implements RefusalListener {
  datagrams = 0
  readonly codes = new Set<string>()

  refused(datagrams: number, code: string): void {
    this.datagrams += datagrams
    this.codes.add(code)
  }
}

/** Resolves when so many datagrams have come. */
function received(socket: UdpSocket, count: number): Promise<void> {
  return new Promise((resolve) => {
    let seen = 0
    socket.onreceive = (batch) => {
      seen += batch.count
      if (seen >= count) resolve()
    }
  })
}

function descriptors(): string[] {
  return readdirSync('/proc/self/fd')
}

/** Among the descriptors is that of the list itself, which is closed by now. */
function isSocket(fd: string): boolean {
  return existsSync(`/proc/self/fd/${fd}`) && readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
}
