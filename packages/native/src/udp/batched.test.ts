import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { after, describe, it } from 'node:test'
import { Kernel } from '../../test/kernel.ts'
import { foreignMemory } from '../binding/foreign-memory.ts'
import { openBatchedSocket } from './batched.ts'
import * as linux from './linux.ts'
import type { UdpSocket } from './socket.ts'

const isLinux = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')

describe('the batched socket', { skip: !isLinux }, () => {
  const place = { address: '127.0.0.1', port: 0 }
  const open: UdpSocket[] = []
  after(() => Promise.all(open.map((socket) => socket.close())))
  const pair = async ({ calls }: Kernel): Promise<[UdpSocket, UdpSocket]> => {
    const both: [UdpSocket, UdpSocket] = [await openBatchedSocket(place, calls), await openBatchedSocket(place)]
    open.push(...both)
    return both
  }

  for (const [address, level, option] of [
    ['127.0.0.1', linux.IPPROTO_IP, linux.IP_MTU_DISCOVER],
    ['::1', linux.IPPROTO_IPV6, linux.IPV6_MTU_DISCOVER],
  ] as const) {
    it(`has its datagrams sent whole or not at all, from ${address} (RFC 9000 section 14)`, { skip: !isOurs(address) }, async () => {
      const set: number[] = []
      const kernel = new Kernel((real) => ({
        setsockopt: (fd, at, name, value, size) => {
          const result = real.setsockopt(fd, at, name, value, size)
          if (at === level && name === option && result === 0) set.push(foreignMemory().read(value, size).readInt32LE())
          return result
        },
      }))
      open.push(await openBatchedSocket({ ...place, address }, kernel.calls))
      assert.deepEqual(set, [linux.PMTUDISC_PROBE])
    })
  }

  it('sends one by one where the kernel does not know segmentation', async () => {
    const [one, other] = await pair(new Kernel(() => ({ sendmsg: () => assert.fail('segmented'), setsockopt: () => -1 })))
    const there = numbers(other, 70)
    fill(one, 70)
    assert.equal(one.send(0, 7000, 100, one.resolve('127.0.0.1', other.local.port)), true)
    assert.deepEqual(await there, upTo(70))
    assert.equal(one.stats.datagramsSent, 70)
  })

  for (const errno of ['EINVAL', 'EIO'] as const) {
    it(`sends one by one what the kernel cannot segment: ${errno}`, async () => {
      let tries = 0
      const kernel = new Kernel((_real, fail) => ({
        sendmsg: () => {
          tries++
          return fail(errno)
        },
      }))
      const [one, other] = await pair(kernel)
      const to = one.resolve('127.0.0.1', other.local.port)
      const there = numbers(other, 20)
      fill(one, 20)
      assert.equal(one.send(0, 1000, 100, to), true)
      assert.equal(one.send(1000, 1000, 100, to), true)
      assert.deepEqual(await there, upTo(20))
      // A train that does not fit may be followed by one that does; a device that cannot will never.
      assert.equal(tries, errno === 'EINVAL' ? 2 : 1)
      assert.equal(one.stats.sendErrors, 0)
    })
  }

  it('keeps what a full kernel leaves of a train, refuses more, and says when there is room', async () => {
    let room = 25
    const kernel = new Kernel((real, fail) => ({
      setsockopt: () => -1,
      sendmmsg: (fd, headers, count, flags) => {
        if (room === 0) return fail('EAGAIN')
        const sent = real.sendmmsg(fd, headers, Math.min(count, room), flags)
        room -= sent
        return sent
      },
    }))
    const [one, other] = await pair(kernel)
    const to = one.resolve('127.0.0.1', other.local.port)
    const there = numbers(other, 50)
    fill(one, 50)
    assert.equal(one.send(0, 4000, 100, to), false)
    assert.equal(one.send(4000, 1000, 100, to), false, 'and this one is not taken')
    one.outgoing.bytes.fill(0xff, 0, 4000) // the memory is free again
    assert.equal(one.stats.blocked, 2)
    assert.equal(one.stats.datagramsSent, 25)
    setImmediate(() => {
      room = 100
    })
    await new Promise<void>((resolve) => {
      one.onwritable = resolve
    })
    assert.equal(one.stats.datagramsSent, 40)
    assert.equal(one.send(4000, 1000, 100, to), true)
    assert.deepEqual(await there, upTo(50))
  })

  it('loses the datagrams of a train that the kernel refuses, and none of the others', async () => {
    let call = 0
    const kernel = new Kernel((real, fail) => ({
      setsockopt: () => -1,
      // The third datagram is refused.
      sendmmsg: (fd, headers, count, flags) => {
        call++
        if (call === 2) return fail('EINVAL')
        return real.sendmmsg(fd, headers, call === 1 ? 2 : count, flags)
      },
    }))
    const [one, other] = await pair(kernel)
    const there = numbers(other, 9)
    fill(one, 10)
    assert.equal(one.send(0, 1000, 100, one.resolve('127.0.0.1', other.local.port)), true)
    assert.deepEqual(await there, [0, 1, 3, 4, 5, 6, 7, 8, 9])
    assert.deepEqual([one.stats.datagramsSent, one.stats.sendErrors, one.stats.bytesSent], [9, 1, 900])
  })
})

function isOurs(address: string): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some((ours) => ours.address === address))
}

/** Datagrams of 100 bytes, each with its number. */
function fill(socket: UdpSocket, count: number): void {
  for (let i = 0; i < count; i++) socket.outgoing.view.setUint32(i * 100, i)
}

/** The numbers of the next `count` datagrams. */
function numbers(socket: UdpSocket, count: number): Promise<number[]> {
  return new Promise((resolve) => {
    const seen: number[] = []
    socket.onreceive = (batch) => {
      for (let i = 0; i < batch.count; i++) seen.push(batch.memory.view.getUint32(batch.offset(i)))
      if (seen.length >= count) resolve(seen)
    }
  })
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}
