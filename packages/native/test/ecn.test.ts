// The ECN field of the IP header, over real sockets. RFC 3168 section 5, RFC 9000 section 13.4.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { after, describe, it } from 'node:test'
import { openUdpSocket, type UdpSocket } from '../src/index.ts'
import { ECN, FIELDS, type Marked, marks } from './marks.ts'

const isLinux = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')
const IPV6 = await canBind('::1')

/** From where, to where, and under which address. */
const WAYS = [
  ['IPv4', '127.0.0.1', '127.0.0.1', '127.0.0.1'],
  ['IPv6', '::1', '::1', '::1'],
  ['IPv4 to a socket of both families', '127.0.0.1', '::', '127.0.0.1'],
  ['IPv4 from a socket of both families', '::', '127.0.0.1', '127.0.0.1'],
  ['IPv6 between sockets of both families', '::', '::', '::1'],
] as const

describe('ECN on batched sockets', { skip: !isLinux }, () => {
  const sockets: UdpSocket[] = []
  const open = async (address: string): Promise<UdpSocket> => {
    const socket = await openUdpSocket({ address, port: 0, kind: 'batched' })
    sockets.push(socket)
    return socket
  }
  after(() => Promise.all(sockets.map((socket) => socket.close())))

  for (const [name, from, at, to] of WAYS) {
    describe(name, { skip: !IPV6 && (from.includes(':') || at.includes(':')) }, () => {
      it('a datagram that comes alone shows its codepoint: it is the first of its batch', async () => {
        const [one, other] = [await open(from), await open(at)]
        for (const ecn of FIELDS) {
          const there = marks(other, 1)
          one.outgoing.bytes[0] = ecn
          assert.equal(one.send(0, 1, 1, one.resolve(to, other.local.port), ecn), true)
          assert.deepEqual(await there, [{ first: ecn, ecn }])
        }
      })

      it('so does each datagram of each train', async () => {
        const [one, other] = [await open(from), await open(at)]
        const there = marks(other, 40)
        const expected: Marked[] = []
        for (const ecn of FIELDS) {
          one.outgoing.bytes.fill(ecn, 0, 1000)
          one.send(0, 1000, 100, one.resolve(to, other.local.port), ecn)
          for (let i = 0; i < 10; i++) expected.push({ first: ecn, ecn })
        }
        assert.deepEqual(await there, expected)
      })
    })
  }

  it('a socket of both families marks IPv4 and IPv6 in turn', { skip: !IPV6 }, async () => {
    const [both, four, six] = [await open('::'), await open('127.0.0.1'), await open('::1')]
    for (const [target, address, ecn] of [
      [four, '127.0.0.1', ECN.ect0],
      [six, '::1', ECN.ect0],
      [four, '127.0.0.1', ECN.ce],
      [six, '::1', ECN.notEct],
    ] as const) {
      const there = marks(target, 1)
      both.send(0, 10, 10, both.resolve(address, target.local.port), ecn)
      assert.equal((await there)[0]!.ecn, ecn)
    }
  })

  it('refuses what is no codepoint', async () => {
    const one = await open('127.0.0.1')
    for (const ecn of [-1, 4, 1.5, Number.NaN])
      assert.throws(() => one.send(0, 1, 1, one.local, ecn), { code: 'ERR_NATIVE_RANGE', message: /0 to 3/ })
  })

  it('other programs see the marks not, and the datagrams all the same', async () => {
    const one = await open('127.0.0.1')
    const plain = createSocket('udp4')
    await new Promise<void>((resolve) => plain.bind(0, '127.0.0.1', resolve))
    const heard = new Promise<Buffer>((resolve) => plain.once('message', resolve))
    one.outgoing.bytes.write('marked')
    one.send(0, 6, 6, one.resolve('127.0.0.1', plain.address().port), ECN.ect0)
    assert.equal((await heard).toString(), 'marked')
    plain.close()
  })
})

async function canBind(address: string): Promise<boolean> {
  const socket = createSocket('udp6')
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false))
    socket.bind({ address, port: 0 }, () => socket.close(() => resolve(true)))
  })
}
