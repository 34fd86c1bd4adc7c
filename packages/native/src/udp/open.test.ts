import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { openUdpSocket } from './open.ts'

const place = { address: '127.0.0.1', port: 0 }

describe('MILLRACE_UDP', () => {
  const before = process.env.MILLRACE_UDP
  afterEach(() => {
    if (before === undefined) delete process.env.MILLRACE_UDP
    else process.env.MILLRACE_UDP = before
  })

  it('dgram makes every socket the portable one, unless another is asked for by name', async () => {
    process.env.MILLRACE_UDP = 'dgram'
    const socket = await openUdpSocket(place)
    assert.deepEqual([socket.kind, socket.ecn], ['portable', false])
    await socket.close()
  })

  it('empty is as if it were not there', async () => {
    process.env.MILLRACE_UDP = ''
    const socket = await openUdpSocket({ ...place, kind: 'portable' })
    assert.equal(socket.kind, 'portable')
    await socket.close()
  })

  it('anything else is refused, and says what there is', async () => {
    process.env.MILLRACE_UDP = 'fast'
    await assert.rejects(openUdpSocket(place), { code: 'ERR_NATIVE_OPTION', message: /MILLRACE_UDP may be "dgram" or empty, not "fast"/ })
  })
})
