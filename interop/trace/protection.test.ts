import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFrames } from './frames.ts'
import { readLongHeader } from './headers.ts'
import { CryptoStream, readServerHello, SERVER_HELLO } from './hello.ts'
import { Keys, SUITES, VERSION_1, VERSION_2 } from './protection.ts'

const DESTINATION = Buffer.from('8394c8f03e515708', 'hex')

/** The server's Initial packets of RFC 9001 appendix A.3 and RFC 9369 appendix A.3, whose content is the same. */
const SERVER_INITIAL = {
  [VERSION_1]:
    'cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee',
  [VERSION_2]:
    'dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698baeea26b91eb761d9b89237bbf87263017915358230035f7fd3945d88965cf17f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2c984c707f0a0812d8cd5a6881eaf21ceda98f4bd23f6fe1a3e2c43edd9ce7ca84bed8521e2e140',
}

for (const version of [VERSION_1, VERSION_2]) {
  test(`the server's Initial packet of the appendix is opened, version ${version}`, () => {
    const packet = Buffer.from(SERVER_INITIAL[version as typeof VERSION_1], 'hex')
    const { type, numberAt, length } = readLongHeader(packet)!
    assert.deepEqual([type, length], ['initial', packet.length])

    const keys = Keys.initial(version, DESTINATION, 'server')
    const mask = keys.mask(packet.subarray(numberAt + 4, numberAt + 20))
    const header = Buffer.from(packet.subarray(0, numberAt + 2))
    header[0]! ^= mask[0]! & 0x0f
    header[numberAt]! ^= mask[1]!
    header[numberAt + 1]! ^= mask[2]!
    assert.equal(header.readUInt16BE(numberAt), 1)

    const frames = readFrames(keys.open(header, 1, packet.subarray(numberAt + 2))!)!
    assert.deepEqual(
      frames.map(({ name, numbers }) => [name, ...numbers]),
      [
        ['ACK', 0, 0, 0],
        ['CRYPTO', 0],
      ],
    )
    const crypto = new CryptoStream()
    crypto.add(0, frames[1]!.bytes)
    const [hello] = crypto.messages()
    assert.deepEqual([hello?.type, readServerHello(hello!.body)], [SERVER_HELLO, 0x1301])
    assert.equal(keys.open(header, 2, packet.subarray(numberAt + 2)), null, 'another packet number does not open it')
  })
}

test('ChaCha20-Poly1305 of RFC 9001 appendix A.5: mask, payload, and the next key phase', () => {
  const secret = Buffer.from('9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b', 'hex')
  const keys = new Keys(SUITES[0x1303]!, VERSION_1, secret)
  assert.equal(keys.mask(Buffer.from('5e5cd55c41f69080575d7999c25a5bfb', 'hex')).toString('hex'), 'aefefe7d03')
  const sealed = Buffer.from('655e5cd55c41f69080575d7999c25a5bfb', 'hex')
  const header = Buffer.from('4200bff4', 'hex')
  assert.equal(keys.open(header, 654_360_564, sealed)?.toString('hex'), '01')

  const next = new Keys(SUITES[0x1303]!, VERSION_1, Buffer.from('1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9', 'hex'))
  assert.deepEqual(keys.updated().open(header, 654_360_564, sealed), next.open(header, 654_360_564, sealed))
  assert.equal(keys.updated().open(header, 654_360_564, sealed), null)
})
