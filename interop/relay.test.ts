import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Address, openUdpSocket, type UdpSocket } from '@millrace/native'
import { Relay } from './relay.ts'

test('the relay carries datagrams both ways and records them as packets between the two ends', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'relay-'))
  const server = createSocket('udp4').bind(0, '127.0.0.1')
  const client = createSocket('udp4').bind(0, '127.0.0.1')
  try {
    await Promise.all([once(server, 'listening'), once(client, 'listening')])
    const relay = await Relay.start({
      host: '127.0.0.1',
      serverPort: server.address().port,
      scenario: { toServer: {}, toClient: {} },
      seed: 1,
      capture: join(folder, 'record.pcap'),
    })
    client.send('question', relay.port, '127.0.0.1')
    const [question, from] = (await once(server, 'message')) as [Buffer, { port: number }]
    server.send('answer!', from.port, '127.0.0.1')
    const [answer] = (await once(client, 'message')) as [Buffer]
    await relay.stop()

    assert.equal(`${question} ${answer}`, 'question answer!')
    const record = readFileSync(join(folder, 'record.pcap')).subarray(24)
    const first = record.subarray(16, 16 + 28 + 8)
    const second = record.subarray(16 + 28 + 8 + 16)
    assert.deepEqual([first.readUInt16BE(20), first.readUInt16BE(22)], [client.address().port, server.address().port])
    assert.deepEqual([second.readUInt16BE(20), second.readUInt16BE(22)], [server.address().port, client.address().port])
    assert.deepEqual([first.readUInt16BE(2), first.readUInt16BE(24), first.toString('latin1', 28)], [36, 16, 'question'])
    assert.deepEqual([second.readUInt16BE(2), second.readUInt16BE(24), second.toString('latin1', 28)], [35, 15, 'answer!'])
  } finally {
    server.close()
    client.close()
    rmSync(folder, { recursive: true })
  }
})

test('a client is seen under another port from a packet on that is not of the handshake, and hears what is sent there', async () => {
  const open = () => openUdpSocket({ address: '127.0.0.1', port: 0 })
  const [client, server] = [await open(), await open()]
  const scenario = { toServer: {}, toClient: {}, rebinding: { firstMillis: 0, everyMillis: 1, changes: 'port' } } as const
  const relay = await Relay.start({ host: '127.0.0.1', serverPort: server.local.port, scenario, seed: 1 })
  const roundTrip = async (firstByte: number): Promise<number> => {
    const there = arrival(server)
    client.outgoing.bytes[0] = firstByte
    client.send(0, 10, 10, client.resolve('127.0.0.1', relay.port))
    const { from } = await there
    const back = arrival(client)
    server.send(0, 10, 10, from)
    await back
    return from.port
  }
  const first = await roundTrip(0xc0)
  for (let i = 0; i < 20; i++) assert.equal(await roundTrip(0xc0), first)
  while ((await roundTrip(0x40)) === first);
  await Promise.all([relay.stop(), client.close(), server.close()])
  assert.deepEqual([...new Set(relay.recorded.map(({ path }) => path))].slice(0, 2), [0, 1])
})

test('each datagram goes on with the ECN field with which it came, as the path leaves it', async () => {
  const open = () => openUdpSocket({ address: '127.0.0.1', port: 0 })
  const [client, server] = [await open(), await open()]
  // The portable socket has no access to the field.
  const fields = client.ecn ? [0, 1, 2, 3] : [0]
  const relay = await Relay.start({
    host: '127.0.0.1',
    serverPort: server.local.port,
    scenario: { toServer: {}, toClient: { bleachesEcn: true } },
    seed: 1,
  })
  for (const ecn of fields) {
    const there = arrival(server)
    client.send(0, 10, 10, client.resolve('127.0.0.1', relay.port), ecn)
    const { from, ecn: seen } = await there
    assert.equal(seen, ecn)
    const back = arrival(client)
    server.send(0, 10, 10, from, ecn)
    assert.equal((await back).ecn, 0)
  }
  await relay.stop()
  assert.deepEqual(
    relay.recorded.map(({ from, ecn }) => [from, ecn]),
    fields.flatMap((ecn) => [
      ['client', ecn],
      ['server', ecn],
    ]),
  )
  await Promise.all([client.close(), server.close()])
})

/** The next datagram: who sent it, and its ECN field. */
function arrival(socket: UdpSocket): Promise<{ from: Address; ecn: number }> {
  return new Promise((resolve) => {
    socket.onreceive = (batch) => resolve({ from: batch.from(0), ecn: batch.ecn(0) })
  })
}
