// WebSocket over each version of HTTP, by the library `ws` on both sides. RFC 6455, RFC 8441, RFC 9220.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { after, test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { createServer, webSocketConnection } from '../src/index.ts'
import { connectHttp3, identity } from './support/client.ts'
import { certificate } from './support/loopback.ts'

const server = createServer(identity, (_, response) => void response.end('no WebSocket'))
const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false })
server.on('upgrade', (request, socket, head) => {
  if (request.url === '/refused') return void socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nX-Why: reasons\r\n\r\nno')
  sockets.handleUpgrade(request, socket, head, (each) => {
    sockets.emit('opened', each)
    each.send(`${request.httpVersion} ${request.url} ${request.socket.remoteAddress}`)
    each.on('message', (data, isBinary) => each.send(data, { binary: isBinary }))
  })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address()!
after(() => server[Symbol.asyncDispose]())
const ca = certificate.certs

/** What comes next, as text. */
async function next(socket: WebSocket): Promise<string> {
  const [data] = await once(socket, 'message')
  return String(data)
}

for (const version of ['1.1', '3.0'] as const) {
  test(`HTTP/${version}: texts and bytes go both ways, large ones as well, and closing has a code and a reason`, async () => {
    const session = version === '3.0' ? await connectHttp3(port) : null
    const options = session === null ? { ca } : { createConnection: webSocketConnection(session) }
    const socket = new WebSocket(`wss://localhost:${port}/chat?a=b`, ['first', 'second'], options)
    assert.equal(await next(socket), `${version} /chat?a=b 127.0.0.1`)
    assert.equal(socket.protocol, 'first')
    socket.send('text ✓')
    assert.equal(await next(socket), 'text ✓')
    const large = Buffer.alloc(3_000_000, 'bytes ')
    socket.send(large)
    const [echoed] = await once(socket, 'message')
    assert.ok(large.equals(echoed as Buffer))
    socket.close(4001, 'done')
    const [code, reason] = await once(socket, 'close')
    assert.deepEqual([code, String(reason)], [4001, 'done'])
    await session?.close()
  })
}

test('HTTP/3: a refusal has its status, and many WebSockets share a connection with requests', async () => {
  const session = await connectHttp3(port)
  const createConnection = webSocketConnection(session)
  const refused = new WebSocket(`wss://localhost:${port}/refused`, { createConnection })
  const [error] = await once(refused, 'error')
  assert.match(error.message, /403/)
  const several = [1, 2, 3].map((index) => new WebSocket(`wss://localhost:${port}/${index}`, { createConnection }))
  assert.deepEqual(await Promise.all(several.map(next)), ['3.0 /1 127.0.0.1', '3.0 /2 127.0.0.1', '3.0 /3 127.0.0.1'])
  const lines = [':method', 'GET', ':scheme', 'https', ':authority', 'localhost', ':path', '/']
  const stream = await session.request(lines, { endStream: true })
  assert.equal((await stream.response())[1], '200')
  assert.equal(Buffer.from((await stream.read())!).toString(), 'no WebSocket')
  assert.equal(await stream.read(), null)
  for (const socket of several) {
    socket.close()
    await once(socket, 'close')
  }
  await session.close()
})

test('HTTP/3: a connection that is lost closes its WebSockets with 1006, on both sides', async () => {
  const session = await connectHttp3(port)
  const atServer = Promise.withResolvers<number>()
  sockets.once('opened', (each: WebSocket) => each.on('close', atServer.resolve))
  const socket = new WebSocket(`wss://localhost:${port}/lost`, { createConnection: webSocketConnection(session) })
  await next(socket)
  session.destroy()
  const [code] = await once(socket, 'close')
  assert.deepEqual([code, await atServer.promise], [1006, 1006])
})

test('HTTP/2: extended CONNECT is offered, and what it asks for that nobody knows is 501 (RFC 8441 section 4)', async () => {
  const session = connect(`https://localhost:${port}`, { ca })
  const [settings] = await once(session, 'remoteSettings')
  assert.equal(settings.enableConnectProtocol, true)
  const ask = async (protocol: string): Promise<number> => {
    const stream = session.request(
      { ':method': 'CONNECT', ':protocol': protocol, ':path': '/two', ':authority': 'localhost', 'sec-websocket-version': '13' },
      { endStream: false },
    )
    const [headers] = await once(stream, 'response')
    if (headers[':status'] === 200) {
      const [frame] = await once(stream, 'data')
      assert.match(String(frame), /2\.0 \/two/)
    }
    stream.close()
    return headers[':status']
  }
  assert.equal(await ask('websocket'), 200)
  assert.equal(await ask('unknown'), 501)
  session.close()
})
