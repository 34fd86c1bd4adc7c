import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DatagramChannel } from './channel.ts'
import { openUdpSocket } from './open.ts'
import type { UdpSocket } from './socket.ts'

interface Ends {
  readonly channel: DatagramChannel
  readonly sent: number[][]
  readonly end: () => void
  readonly socket: UdpSocket
}

async function opened(): Promise<Ends> {
  const sent: number[][] = []
  const { promise: closed, resolve: end } = Promise.withResolvers<void>()
  const channel: DatagramChannel = { onmessage: undefined, closed, send: (datagram) => void sent.push([...datagram]), close: () => end() }
  return { channel, sent, end, socket: await openUdpSocket({ address: '0.0.0.0', port: 0, channel }) }
}

describe('a socket over a channel', () => {
  test('sends a train as datagrams, to the first address that was resolved alone', async () => {
    const { socket, sent } = await opened()
    const peer = socket.resolve('192.0.2.1', 443)
    assert.equal(socket.resolve('192.0.2.1', 443), peer)
    socket.outgoing.bytes.set([1, 2, 3, 4, 5])
    assert.equal(socket.send(0, 5, 2, peer), true)
    assert.deepEqual(sent, [[1, 2], [3, 4], [5]])
    const refused: unknown[] = []
    const elsewhere = socket.resolve('192.0.2.2', 443)
    assert.equal(socket.send(0, 2, 2, elsewhere, 0, { refused: (...told) => refused.push(told) }), true)
    assert.deepEqual(refused, [[1, 'EHOSTUNREACH']])
    assert.equal(sent.length, 3)
    assert.equal(socket.stats.sendErrors, 1)
    assert.equal(socket.stats.datagramsSent, 3)
  })

  test('hands on what arrives as from that address, and drops what no slot holds', async () => {
    const { socket, channel } = await opened()
    const heard: unknown[] = []
    socket.onreceive = (batch) => {
      const start = batch.offset(0)
      heard.push([...batch.memory.bytes.subarray(start, start + batch.length(0))], batch.from(0))
    }
    channel.onmessage!(Uint8Array.of(1))
    const peer = socket.resolve('2001:db8::1', 443)
    channel.onmessage!(Uint8Array.of(2))
    channel.onmessage!(new Uint8Array(2049))
    assert.deepEqual(heard, [[2], peer])
    assert.equal(socket.stats.truncated, 1)
  })

  test('is lost when the channel closes, and closes it otherwise', async () => {
    const first = await opened()
    const { promise, resolve } = Promise.withResolvers<Error>()
    first.socket.onerror = resolve
    first.end()
    assert.match((await promise).message, /channel/)
    const second = await opened()
    second.socket.onerror = () => assert.fail('it was closed on purpose')
    await second.socket.close()
    await second.channel.closed
    assert.equal(second.channel.onmessage, undefined)
    assert.equal(second.socket.send(0, 1, 1, second.socket.resolve('192.0.2.1', 1)), false)
  })
})
