// The sessions of an agent: how many, how long, and across which changes.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { request } from 'undici'
import { Nat } from '../../quic/test/support/nat.ts'
import { fetch } from '../src/client/fetch.ts'
import { fieldValue } from '../src/core/fields/field-section.ts'
import type { Http3Stream } from '../src/session/http3-stream.ts'
import { agent, echoHttp3, origin } from './support/origin.ts'
import { VirtualClock } from './support/virtual-clock.ts'

describe('sessions', () => {
  test('that nobody uses close after their time, and not before', async () => {
    const { url, sessions } = await origin({ http3: echoHttp3 })
    const clock = new VirtualClock()
    const dispatcher = agent({ http3: 'only', clock, keepAliveTimeout: 5_000 })
    await (await fetch(url, { dispatcher })).text()
    clock.pass(4_999)
    await (await fetch(url, { dispatcher })).text()
    assert.equal(sessions.length, 1)
    clock.pass(5_000)
    await sessions[0]!.closed
  })

  test('are as many as allowed: the longest idle makes way', async () => {
    const origins = await Promise.all([origin({ http3: echoHttp3 }), origin({ http3: echoHttp3 }), origin({ http3: echoHttp3 })])
    const dispatcher = agent({ http3: 'only', maxSessions: 2 })
    for (const { url } of origins) await (await fetch(url, { dispatcher })).text()
    await origins[0]!.sessions[0]!.closed
    assert.deepEqual(
      origins.slice(1).map(({ sessions }) => sessions[0]!.destroyed),
      [false, false],
    )
  })

  test('that are all in use leave no room, which is an error where HTTP/3 is all there is', async () => {
    const busy = await origin({ http3: (stream) => stream.respond([':status', '200']) })
    const other = await origin({ http3: echoHttp3 })
    const dispatcher = agent({ http3: 'only', maxSessions: 1 })
    await fetch(busy.url, { dispatcher })
    await assert.rejects(request(other.url, { dispatcher }), /maxSessions/)
  })

  test('carry as many requests at once as allowed; the others wait in line', async () => {
    const waiting: Http3Stream[] = []
    let arrived = Promise.withResolvers<void>()
    const { url } = await origin({
      http3(stream) {
        waiting.push(stream)
        arrived.resolve()
      },
    })
    const dispatcher = agent({ http3: 'only', maxRequests: 1 })
    const answers = ['/1', '/2', '/3'].map(async (path) => (await fetch(url + path, { dispatcher })).text())
    for (let index = 0; index < 3; index++) {
      if (waiting.length <= index) await arrived.promise
      arrived = Promise.withResolvers()
      assert.equal(waiting.length, index + 1, 'one at a time')
      assert.equal(fieldValue(waiting[index]!.requestFields, ':path'), `/${index + 1}`)
      waiting[index]!.respond([':status', '200'], { endStream: true })
    }
    await Promise.all(answers)
  })

  test('are not shared by origins, though one certificate serves both', async () => {
    const { udpPort, sessions } = await origin({ http3: echoHttp3 })
    const dispatcher = agent({ http3: 'only' })
    for (const host of ['localhost', '127.0.0.1']) await (await fetch(`https://${host}:${udpPort}`, { dispatcher })).text()
    assert.equal(sessions.length, 2)
  })

  test('go on when the path changes under them (RFC 9000 section 9)', async (context) => {
    const { udpPort, sessions } = await origin({ http3: echoHttp3 })
    const nat = await Nat.open(udpPort)
    context.after(() => nat.close())
    const dispatcher = agent({ http3: 'only' })
    const url = `https://localhost:${nat.port}`
    assert.equal((await fetch(url, { dispatcher })).status, 200)
    nat.rebind()
    assert.equal(await (await fetch(url, { dispatcher, method: 'POST', body: 'after' })).text(), 'after')
    assert.equal(sessions.length, 1)
  })

  test('that a server closes are told of by an event', async () => {
    const { url, sessions } = await origin({ http3: echoHttp3 })
    const dispatcher = agent({ http3: 'only' })
    const [connected, disconnected] = [once(dispatcher, 'connect'), once(dispatcher, 'disconnect')]
    await (await fetch(url, { dispatcher })).text()
    const [at] = await connected
    assert.equal(at.origin, url)
    sessions[0]!.destroy()
    await disconnected
  })
})
