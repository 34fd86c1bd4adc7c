// Options that change what is agreed on or assumed, each seen to act, over real sockets.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { test } from 'node:test'
import type { SessionOptions } from '../src/index.ts'
import { dial, echo, readAll, serve } from './support/server.ts'

/** What a handshake between such options ends in: the cipher, or the code of the error. */
async function agreed(client: Partial<SessionOptions>, server: Partial<SessionOptions> = {}): Promise<string> {
  const { endpoint, address } = await serve(echo, server)
  const session = await dial(address, client)
  try {
    const { cipher } = await session.opened
    const stream = await session.createBidirectionalStream()
    void stream.end('hello')
    assert.equal((await readAll(stream)).toString(), 'hello')
    await session.close()
    return cipher
  } catch (error) {
    await session.closed.catch(() => {})
    return (error as { code: string }).code
  } finally {
    await endpoint.close()
  }
}

for (const [ciphers, cipher] of [
  ['TLS_AES_256_GCM_SHA384', 'TLS_AES_256_GCM_SHA384'],
  ['TLS_CHACHA20_POLY1305_SHA256', 'TLS_CHACHA20_POLY1305_SHA256'],
  ['TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256'],
] as const) {
  test(`ciphers of the server, ${ciphers}: ${cipher} is spoken`, async () => assert.equal(await agreed({}, { ciphers }), cipher))
}

test('ciphers of the client are all that the server may choose from, and without a common one there is no session (RFC 8446 section 4.1.1)', async () => {
  assert.equal(await agreed({ ciphers: 'TLS_AES_256_GCM_SHA384' }), 'TLS_AES_256_GCM_SHA384')
  assert.equal(await agreed({ ciphers: 'TLS_AES_256_GCM_SHA384' }, { ciphers: 'TLS_AES_128_GCM_SHA256' }), 'ERR_QUIC_HANDSHAKE')
})

test('groups of both sides must meet; a server may ask for another share of the key (RFC 8446 sections 4.1.4 and 4.2.7)', async () => {
  const cipher = 'TLS_AES_128_GCM_SHA256'
  assert.equal(await agreed({ groups: 'P-256' }, { groups: 'P-256' }), cipher)
  assert.equal(await agreed({ groups: 'X25519:P-384' }, { groups: 'P-384' }), cipher)
  assert.equal(await agreed({ groups: 'X25519' }, { groups: 'P-256' }), 'ERR_QUIC_HANDSHAKE')
})

for (const [options, message] of [
  [{ ciphers: 'TLS_AES_128_CCM_SHA256' }, /^Option ciphers: TLS_AES_128_CCM_SHA256 is none of TLS_AES_128_GCM_SHA256/],
  [{ groups: 'P-1' }, /^Option groups: OpenSSL does not take P-1/],
  [{ transportParams: { maxUdpPayloadSize: 1199 } }, /maxUdpPayloadSize is 1199; it must be a whole number from 1200 to 2048/],
] as const satisfies readonly (readonly [Partial<SessionOptions>, RegExp])[]) {
  test(`wrong options are refused by name: ${JSON.stringify(options)}`, async () => {
    await assert.rejects(dial('127.0.0.1:9', options), { code: 'ERR_QUIC_OPTION', message })
    await assert.rejects(serve(echo, options), { code: 'ERR_QUIC_OPTION', message })
  })
}

test('maxUdpPayloadSize bounds the datagrams that the peer sends (RFC 9000 section 18.2)', async () => {
  const server = await serve(echo)
  const session = await dial(server.address, { transportParams: { maxUdpPayloadSize: 1200 } })
  const stream = await session.createBidirectionalStream()
  void stream.end(Buffer.alloc(1_000_000))
  await readAll(stream)
  assert.equal(server.sessions[0]!.stats.pathMtu, 1200)
  await session.close()
  await server.endpoint.close()
})

test('initialRtt is what the round trip is taken for until it is measured (RFC 9002 section 6.2.2)', async () => {
  const silent = createSocket('udp4')
  await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve))
  for (const [options, rtt] of [
    [{}, 333],
    [{ initialRtt: 50 }, 50],
  ] as const) {
    const session = await dial(`127.0.0.1:${silent.address().port}`, options)
    assert.equal(session.stats.smoothedRtt, rtt)
    session.opened.catch(() => {})
    session.destroy()
    await session.closed
  }
  silent.close()
})
