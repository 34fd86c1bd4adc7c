// How a server behaves when clients go, stall or cheat, and when it is closed.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientRequest } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { Agent, request as httpsRequest } from 'node:https'
import { describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { QuicEndpoint } from '@millrace/quic'
import { createServer, type HttpServer, type RequestListener, type ServerOptions } from '../src/index.ts'
import { connectHttp3, identity } from './support/client.ts'
import { certificate, get, post } from './support/loopback.ts'
import { inEachVersion, served } from './support/served.ts'

async function listening(listener: RequestListener, options: Partial<ServerOptions> = {}): Promise<{ server: HttpServer; port: number }> {
  const server = createServer({ ...identity, ...options }, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: server.address()!.port }
}

let [aborted, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]

inEachVersion(
  "a client that gives up: 'aborted' and 'close' on the request, 'close' without 'finish' on the response",
  () =>
    served((request, response) => {
      const told: string[] = []
      request.on('aborted', () => told.push('aborted')).on('error', () => undefined)
      response.on('finish', () => told.push('finish'))
      request.on('close', () =>
        told.includes('aborted') || response.destroyed ? aborted.resolve() : aborted.reject(new Error(String(told))),
      )
      response.on('close', () => (told.includes('finish') ? ended.reject(new Error('finished')) : ended.resolve()))
      response.flushHeaders()
    }),
  async (client) => {
    ;[aborted, ended] = [Promise.withResolvers(), Promise.withResolvers()]
    const giveUp = new AbortController()
    const never = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('begun')
      await new Promise((resolve) => giveUp.signal.addEventListener('abort', resolve))
    }
    await assert.rejects(client.ask('/', { method: 'POST', body: never(), signal: giveUp.signal, onhead: () => giveUp.abort() }))
    await Promise.all([aborted.promise, ended.promise])
  },
)

const PIECE = Buffer.alloc(100_000, 'piece ')

inEachVersion(
  'a response waits for its reader: write says so, and drain that it may go on',
  () =>
    served(async (_, response) => {
      let waits = 0
      for (let index = 0; index < 100; index++) {
        if (response.write(PIECE)) continue
        waits++
        assert.equal(response.writableNeedDrain, true)
        await once(response, 'drain')
      }
      response.addTrailers({ 'x-waits': waits > 0 ? 'some' : 'none' })
      response.end()
    }),
  async (client) => {
    const { body, trailers } = await client.ask('/', { headers: { te: 'trailers' } })
    assert.equal(body.length, 100 * PIECE.length)
    if (client.version !== '1.1') assert.equal(trailers['x-waits'], 'some')
  },
)

inEachVersion(
  'content beyond the declared content-length is refused, and a response that falls short of it is no whole one (RFC 9114 section 4.1.2)',
  () =>
    served((request, response) => {
      response.setHeader('content-length', 5)
      response.on('error', () => undefined)
      if (request.url === '/short') return void response.end('abc')
      assert.throws(() => response.end('too long'), { code: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH' })
      response.destroy()
    }),
  async (client) => {
    if (client.version === '1.1') return
    await assert.rejects(client.ask('/short'))
    await assert.rejects(client.ask('/long'))
  },
)

test('HTTP/3: a request whose content is not what its content-length says is never whole for the handler', async () => {
  const failed = Promise.withResolvers<string>()
  const { server, port } = await listening(async (request, response) => {
    try {
      for await (const _ of request);
      failed.resolve('whole')
    } catch (error) {
      failed.resolve((error as NodeJS.ErrnoException).code!)
    }
    response.end()
  })
  const session = await connectHttp3(port)
  const begun = once(server, 'request')
  const stream = await session.request(post('/', ['content-length', '5']))
  await begun
  stream.writeSync('abcdefgh')
  stream.end()
  await assert.rejects(stream.response(), { errorCode: 0x10en })
  assert.equal(await failed.promise, 'ECONNRESET')
  await session.close()
  await server[Symbol.asyncDispose]()
})

test('HTTP/3: unsafe methods in 0-RTT get 425, safe ones an answer (RFC 8470)', async () => {
  const { server, port } = await listening((request, response) => void response.end(`${request.method}`), {
    quic: { enableEarlyData: true },
  })
  const endpoint = await QuicEndpoint.open({ address: '127.0.0.1:0' })
  const options = { endpoint, enableEarlyData: true }
  const first = await connectHttp3(port, options)
  const ticket = Promise.withResolvers<void>()
  first.quic.onsessionticket = () => ticket.resolve()
  await first.settings
  await ticket.promise
  await first.close()

  const second = await connectHttp3(port, options)
  const [safe, unsafe] = await Promise.all([
    second.request(get(), { endStream: true }),
    second.request(post('/', ['content-length', '0']), { endStream: true }),
  ])
  assert.equal((await second.quic.opened).earlyDataAccepted, true)
  assert.deepEqual([(await safe.response())[1], (await unsafe.response())[1]], ['200', '425'])
  for await (const _ of safe);
  for await (const _ of unsafe);
  await second.close()
  await endpoint.close()
  await server[Symbol.asyncDispose]()
})

inEachVersion(
  'a request that does not arrive in time gets 408',
  () => served((request) => void request.resume(), { requestTimeout: 20 }),
  async (client) => {
    const giveUp = new AbortController()
    const slow = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('a')
      await new Promise((resolve) => giveUp.signal.addEventListener('abort', resolve))
    }
    const status = Promise.withResolvers<number>()
    client.ask('/', { method: 'POST', body: slow(), onhead: (code) => status.resolve(code) }).catch(() => undefined)
    assert.equal(await status.promise, 408)
    giveUp.abort()
  },
)

test('close lets clients know, waits for what is under way, and takes nothing more (RFC 9114 section 5.2, RFC 9113 section 6.8)', async () => {
  const begun: (() => void)[] = []
  const { server, port } = await listening((_, response) => {
    response.on('error', () => undefined)
    begun.push(() => response.end('in the end'))
    if (begun.length === 3) server.emit('allBegun')
  })
  const session = await connectHttp3(port)
  const overTcp = connectHttp2(`https://localhost:${port}`, { ca: certificate.certs })
  const agent = new Agent({ ca: certificate.certs, keepAlive: true })
  const goaway = [new Promise((resolve) => (session.ongoaway = resolve)), once(overTcp, 'goaway')]
  const allBegun = once(server, 'allBegun')
  const stream = await session.request(get(), { endStream: true })
  const second = overTcp.request({ ':path': '/' })
  const first = httpsRequest({ host: 'localhost', port, agent }).end()
  await allBegun
  const closed = once(server, 'close')
  server.close()
  await Promise.all(goaway)
  const answer = once(first, 'response')
  for (const finish of begun) finish()
  const [response] = await answer
  assert.equal(response.headers.connection, 'close')
  response.resume()
  assert.equal(Buffer.from((await stream.read())!).toString(), 'in the end')
  const [data] = await once(second, 'data')
  assert.equal(String(data), 'in the end')
  second.resume()
  await closed
  assert.equal(server.listening, false)
  agent.destroy()
})

test('close cuts off after the drain timeout what does not end', async () => {
  const { server, port } = await listening((_, response) => response.flushHeaders(), { drainTimeout: 20 })
  const session = await connectHttp3(port)
  const stream = await session.request(get(), { endStream: true })
  await stream.response()
  server.close()
  await once(server, 'close')
  await assert.rejects(stream.read())
})

test('closeIdleConnections ends those on which nothing is under way, and no other', async () => {
  const held: (() => void)[] = []
  const { server, port } = await listening(
    (request, response) => {
      if (request.url === '/') return void response.end('done')
      held.push(() => response.end('in the end'))
      if (held.length === 3) server.emit('allHeld')
    },
    { keepAliveTimeout: 600_000 },
  )
  const connections = async (path: string) => {
    const agent = new Agent({ ca: certificate.certs, keepAlive: true })
    const over1 = httpsRequest({ host: 'localhost', port, agent, path }).end()
    const connection = once(over1, 'socket')
    const over2 = connectHttp2(`https://localhost:${port}`, { ca: certificate.certs })
    const over3 = await connectHttp3(port)
    const stream = await over3.request(get(path), { endStream: true })
    const answers = [textOf(over1), textOf(over2.request({ ':path': path })), stream.response().then(() => textOf(stream))]
    return { connection, over2, over3, answers }
  }
  const idle = await connections('/')
  assert.deepEqual(await Promise.all(idle.answers), ['done', 'done', 'done'])
  const allHeld = once(server, 'allHeld')
  const busy = await connections('/held')
  await allHeld
  const [socket] = await idle.connection
  await closingIdle(server, [once(socket, 'close'), once(idle.over2, 'close'), idle.over3.closed])
  for (const finish of held) finish()
  assert.deepEqual(await Promise.all(busy.answers), ['in the end', 'in the end', 'in the end'])
  await closingIdle(server, [once(busy.over2, 'close'), busy.over3.closed])
  await server[Symbol.asyncDispose]()
})

/** A client has its answer before the server has closed its books on it. */
async function closingIdle(server: HttpServer, ends: readonly Promise<unknown>[]): Promise<void> {
  let isOver = false
  const over = Promise.all(ends).then(() => (isOver = true))
  while (!isOver) {
    server.closeIdleConnections()
    await Promise.race([over, new Promise((resolve) => setImmediate(resolve))])
  }
}

describe('HTTP/1.1: who is slow', () => {
  /** What the server says to somebody who begins like this, and then nothing more; it hangs up at the end. */
  async function answerTo(port: number, beginning: string): Promise<string> {
    const socket = connectTls({ host: '127.0.0.1', port, servername: 'localhost', ca: certificate.certs, ALPNProtocols: ['http/1.1'] })
    await once(socket, 'secureConnect')
    socket.write(beginning)
    return textOf(socket)
  }

  test('with the header section hears 408 after headersTimeout (RFC 9110 section 15.5.9)', async () => {
    const { server, port } = await listening(() => assert.fail('no request'), { headersTimeout: 20 })
    assert.match(await answerTo(port, 'GET / HTTP/1.1\r\nhost: a'), /^HTTP\/1\.1 408 /)
    await server[Symbol.asyncDispose]()
  })

  test('with the content hears it after requestTimeout, and not before the header section', async () => {
    const { server, port } = await listening((request) => void request.on('error', () => undefined).resume(), { requestTimeout: 20 })
    const begun = once(server, 'request')
    const answer = answerTo(port, 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nabc')
    await begun
    assert.match(await answer, /^HTTP\/1\.1 408 /)
    await server[Symbol.asyncDispose]()
  })
})

async function textOf(source: ClientRequest | AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  const all: AsyncIterable<Uint8Array> = Symbol.asyncIterator in source ? source : (await once(source, 'response'))[0]
  for await (const chunk of all) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
