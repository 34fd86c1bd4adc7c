import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { after, afterEach, before, describe, it } from 'node:test'
import { sockets } from '../binding/libc.ts'
import { AF_UNIX, STREAM_SOCKET_TYPE } from './linux.ts'
import { openUdpSocket } from './open.ts'

const isLinux = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')
const place = { address: '127.0.0.1', port: 0 }

describe('MILLRACE_UDP', () => {
  const found = process.env.MILLRACE_UDP
  afterEach(() => {
    if (found === undefined) delete process.env.MILLRACE_UDP
    else process.env.MILLRACE_UDP = found
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

describe('a Node whose streams have another inside', { skip: !isLinux }, () => {
  let pipe: object
  before(() => {
    const stream = new Socket({ fd: sockets().socket(AF_UNIX, STREAM_SOCKET_TYPE, 0) }) as unknown as { _handle: object; destroy(): void }
    pipe = Object.getPrototypeOf(stream._handle)
    stream.destroy()
    // What Node itself has lies deeper, and is hidden by this.
    Object.defineProperty(pipe, 'onread', { get: () => undefined, set: () => {}, configurable: true })
  })
  after(() => Reflect.deleteProperty(pipe, 'onread'))

  it('gets the portable socket, unless the batched one is asked for by name', async () => {
    const socket = await openUdpSocket({ ...place, kind: 'auto' })
    assert.equal(socket.kind, 'portable')
    await socket.close()
    await assert.rejects(openUdpSocket({ ...place, kind: 'batched' }), { code: 'ERR_NATIVE_UNSUPPORTED', message: /inside of Node/ })
  })
})
