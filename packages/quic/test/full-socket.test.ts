// A socket that is full in the midst of a handshake: who shakes hands waits until there is room, and the others have their turn.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCertificate } from '../../native/test/certificates.ts'
import { endpointCore } from '../src/api/endpoint.ts'
import { connect, listen } from '../src/index.ts'

for (const count of [1, 3]) {
  test(`handshakes go on once there is room again, ${count} at a time`, { timeout: 30_000 }, async () => {
    const { keys, certs } = createCertificate({ name: 'localhost', hosts: ['localhost'] })
    const server = await listen(() => {}, { endpoint: { address: '127.0.0.1:0' }, alpn: 'a', sni: { '*': { keys, certs } } })
    const { socket } = endpointCore(server)
    const send = socket.send.bind(socket)
    let filled = 0
    // Each train fills it, and is taken; there is room again in the next turn.
    socket.send = (...train) => {
      send(...train)
      filled++
      setImmediate(() => socket.onwritable?.())
      return false
    }
    const sessions = await Promise.all(
      Array.from({ length: count }, () => connect(`127.0.0.1:${server.address.port}`, { alpn: 'a', rejectUnauthorized: false })),
    )
    await Promise.all(sessions.map(({ opened }) => opened))
    assert.ok(filled >= count, `${filled}`)
    await Promise.all(sessions.map((session) => session.close()))
    await server.close()
  })
}
