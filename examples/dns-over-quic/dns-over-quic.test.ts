// DNS over QUIC between our client, our forwarder and Debian's kdig, with a resolver of this test's own behind. RFC 9250.
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { after, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { connect, type QuicSession, type QuicStream } from '@millrace/quic'
import { type Answer, type DecodedPacket, encode, type Packet, streamDecode, streamEncode } from 'dns-packet'
import { createCertificate } from '../../scripts/support/certificate.ts'
import { DoqClient } from './client.ts'
import { forward } from './forwarder.ts'
import { ALPN, DOQ, framed, PADDED_QUERY, PADDED_RESPONSE, readMessage } from './message.ts'

const { cert, key } = createCertificate()

/** What the resolver behind it knows. */
const ZONE: Readonly<Record<string, Answer>> = {
  'a.example A': { type: 'A', name: 'a.example', ttl: 60, data: '192.0.2.7' },
  'a.example AAAA': { type: 'AAAA', name: 'a.example', ttl: 60, data: '2001:db8::7' },
  'large.example TXT': { type: 'TXT', name: 'large.example', ttl: 60, data: Array.from({ length: 40 }, () => 'x'.repeat(200)) },
}

/** Answers by TCP; what it is asked of `held.example` it never answers. */
async function resolver(): Promise<{ port: number; asked: DecodedPacket[]; waiting: () => Promise<void> }> {
  const asked: DecodedPacket[] = []
  let heard = Promise.withResolvers<void>()
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => {
      const query = streamDecode(bytes) as DecodedPacket
      asked.push(query)
      heard.resolve()
      const { name, type } = query.questions![0]!
      const answer = ZONE[`${name} ${type}`]
      if (name === 'held.example') return
      if (name === 'broken.example') socket.destroy()
      else socket.write(streamEncode({ ...query, type: 'response', answers: answer === undefined ? [] : [answer] } as Packet))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close())
  const waiting = async (): Promise<void> => {
    await heard.promise
    heard = Promise.withResolvers()
  }
  return { port: (server.address() as AddressInfo).port, asked, waiting }
}

async function forwarding(): Promise<{ port: number; server: string } & Awaited<ReturnType<typeof resolver>> & { udp: number }> {
  const behind = await resolver()
  const endpoint = await forward({
    identity: { certs: cert, keys: key },
    endpoint: { address: '127.0.0.1:0' },
    upstream: { host: '127.0.0.1', port: behind.port },
  })
  after(() => endpoint.destroy())
  return { ...behind, server: `localhost:${endpoint.address.port}`, udp: endpoint.address.port }
}

async function client(server: string): Promise<DoqClient> {
  const made = await DoqClient.connect(server, { ca: cert })
  after(() => made.close().catch(() => {}))
  return made
}

/** A session that may break the rules. */
async function raw(server: string): Promise<QuicSession> {
  const session = await connect(server, { alpn: ALPN, ca: cert })
  after(() => session.destroy())
  await session.opened
  return session
}

function answers({ answers: found }: DecodedPacket): unknown[] {
  return (found ?? []).map((answer) => ('data' in answer ? answer.data : null))
}

const SERVFAIL = 2
const NOTIMP = 4

/** RFC 1035 section 4.1.1. */
function rcode({ flags = 0 }: DecodedPacket): number {
  return flags & 0xf
}

describe('DNS over QUIC', () => {
  test('answers many questions at once on one connection, each on a stream of its own (RFC 9250 section 4.2)', async () => {
    const { server } = await forwarding()
    const asking = await client(server)
    const found = await Promise.all([asking.query('a.example'), asking.query('a.example', 'AAAA'), asking.query('none.example')])
    assert.deepEqual(found.map(answers), [['192.0.2.7'], ['2001:db8::7'], []])
  })

  test('takes answers that no UDP datagram holds', async () => {
    const { server } = await forwarding()
    const [data] = answers(await (await client(server)).query('large.example', 'TXT'))
    assert.equal(
      (data as Buffer[]).reduce((sum, part) => sum + part.length, 0),
      8_000,
    )
  })

  test('pads both ways, so that lengths tell little (section 5.4, RFC 8467 section 4.1)', async () => {
    const { server, asked } = await forwarding()
    const session = await raw(server)
    const stream = await session.createBidirectionalStream()
    const opt = {
      type: 'OPT',
      name: '.',
      udpPayloadSize: 1232,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
    } as const
    const query = framed(
      { type: 'query', questions: [{ name: 'a.example', type: 'A' }], additionals: [{ ...opt, options: [] }] },
      PADDED_QUERY,
    )
    assert.equal((query.length - 2) % PADDED_QUERY, 0)
    void stream.end(query)
    assert.equal((await readMessage(stream)).length % PADDED_RESPONSE, 0)
    assert.equal(asked[0]!.id, 0)
  })

  test('tells what the resolver could not answer by SERVFAIL, and transfers by NOTIMP', async () => {
    const { server } = await forwarding()
    const asking = await client(server)
    assert.equal(rcode(await asking.query('broken.example')), SERVFAIL)
    assert.equal(rcode(await asking.query('a.example', 'AXFR')), NOTIMP)
  })

  test('cancels a question whose answer nobody wants any more (section 4.2.2)', async () => {
    const { server, waiting } = await forwarding()
    const asking = await client(server)
    const giver = new AbortController()
    const question = asking.query('held.example', 'A', giver.signal)
    await waiting()
    giver.abort(new Error('enough'))
    await assert.rejects(question, /enough/)
    assert.deepEqual(answers(await asking.query('a.example')), ['192.0.2.7'], 'the connection goes on')
  })
})

describe('a peer that breaks the rules ends its connection with DOQ_PROTOCOL_ERROR (RFC 9250 section 4.3.3)', () => {
  const query = framed({ type: 'query', questions: [{ name: 'a.example', type: 'A' }] }, PADDED_QUERY)
  const withId = Buffer.from(query)
  withId.writeUInt16BE(7, 2)
  const keepalive = encode({
    type: 'query',
    id: 0,
    questions: [{ name: 'a.example', type: 'A' }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 1,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [{ code: 11, timeout: 1 }],
      },
    ],
  })
  const breaches: readonly (readonly [name: string, bytes: Buffer])[] = [
    ['a message id other than 0', withId],
    ['two queries on a stream', Buffer.concat([query, query])],
    ['an end before the end of the message', query.subarray(0, -1)],
    ['an end before the length', Buffer.of(0)],
    ['what is no DNS message', Buffer.concat([Buffer.of(0, 14), Buffer.alloc(4), Buffer.alloc(10, 0xff)])],
    ['the keepalive of TCP (section 5.5.2)', Buffer.concat([Buffer.of(keepalive.length >> 8, keepalive.length & 0xff), keepalive])],
    ['more than a message holds', Buffer.alloc(70_000)],
  ]
  for (const [name, bytes] of breaches)
    test(name, async () => {
      const session = await raw((await forwarding()).server)
      const stream = await session.createBidirectionalStream()
      stream.end(bytes).catch(() => {})
      await assert.rejects(session.closed, { code: 'ERR_QUIC_APPLICATION', errorCode: BigInt(DOQ.PROTOCOL_ERROR) })
    })
})

test('streams alone make no work beyond the bound: of 300 questions at once a client has 100 under way (CVE-2025-47950)', async () => {
  const { server, asked, waiting } = await forwarding()
  const session = await raw(server)
  const query = framed({ type: 'query', questions: [{ name: 'held.example', type: 'A' }] }, PADDED_QUERY)
  const streams: QuicStream[] = []
  for (let index = 0; index < 300; index++) {
    session.createBidirectionalStream().then(
      (stream) => {
        streams.push(stream)
        stream.end(query).catch(() => {})
      },
      () => {},
    )
  }
  while (asked.length < 100) await waiting()
  assert.equal(streams.length, 100)
  // Questions that are given up make room for others, and for no more than they were.
  for (const stream of streams.slice(0, 60)) stream.destroy(undefined, { code: DOQ.REQUEST_CANCELLED })
  while (asked.length < 160) await waiting()
  assert.equal(streams.length, 160)
})

/** Debian's kdig speaks DNS over QUIC from 3.2 on; `bash examples/dns-over-quic/install-kdig.sh` installs it. */
function hasKdig(): boolean {
  try {
    return execFileSync('kdig', ['--help'], { encoding: 'utf8' }).includes('+[no]quic')
  } catch {
    return false
  }
}

describe("Debian's kdig", {
  skip: hasKdig() ? false : 'kdig with QUIC is not installed: bash examples/dns-over-quic/install-kdig.sh',
}, () => {
  const kdig = async (port: number, ...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('kdig', ['+quic', '+retry=0', '+time=10', '@127.0.0.1', '-p', String(port), ...args])
    return stdout
  }

  test('is answered by our forwarder, whatever it asks', async () => {
    const { udp } = await forwarding()
    assert.match(await kdig(udp, 'a.example', 'A'), /a\.example\.\s+60\s+IN\s+A\s+192\.0\.2\.7/)
    assert.match(await kdig(udp, '+padding', '+dnssec', '+cookie=0123456789abcdef', 'a.example', 'AAAA'), /2001:db8::7/)
    assert.match(await kdig(udp, 'large.example', 'TXT'), /x{200}/)
    assert.match(await kdig(udp, 'broken.example', 'A'), /status: SERVFAIL/)
  })
})
