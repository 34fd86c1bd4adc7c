import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { marshal, mold, unmarshal } from '@millrace/y3'
import { packetsOfLines, rawPackets } from './messages.ts'

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}

const format = { file: 'stdin', tag: 0x11 }
const stream = (...chunks: (string | Uint8Array)[]): Readable => Readable.from(chunks.map((chunk) => Buffer.from(chunk)))
const texts = async (input: Readable): Promise<unknown[]> =>
  (await all(packetsOfLines(input, format))).map((packet) => unmarshal(packet, 0x11, mold('')))

describe('lines of JSON', () => {
  test('become packets, wherever the chunks are cut and with or without a last line end', async () => {
    const input = '{"value":"a"}\n\n"b"\n{"value":"€"}\r\n{"other":1}\n[1]\n"end"'
    const expected = ['a', 'b', '€', '{"other":1}', '[1]', 'end']
    assert.deepEqual(await texts(stream(input)), expected)
    assert.deepEqual(await texts(stream(...Array.from(Buffer.from(input), (byte) => Buffer.from([byte])))), expected)
  })

  test('have the type that is asked for, or their own', async () => {
    const one = async (text: string, type?: 'int32' | 'int64' | 'float32') =>
      (await all(packetsOfLines(stream(text), { ...format, type })))[0]!
    assert.equal(unmarshal(await one('1.5'), 0x11, mold('float64')), 1.5)
    assert.equal(unmarshal(await one('true'), 0x11, mold('bool')), true)
    assert.equal(unmarshal(await one('-7', 'int32'), 0x11, mold('int32')), -7)
    assert.equal(unmarshal(await one('"9007199254740993"', 'int64'), 0x11, mold('int64')), 9007199254740993n)
  })

  const wrong: readonly (readonly [text: string, message: RegExp, type?: 'int32' | 'int64'])[] = [
    ['"a"\n{value:1}\n', /^stdin:2: is not JSON; write \{"value":"a"\} or "a", one a line$/],
    ['null\n', /^stdin:1: has null, which Y3 cannot carry$/],
    ['1\n"x"\n', /^stdin:2: is no int32: /, 'int32'],
    ['"x"\n', /^stdin:1: is no int64: /, 'int64'],
  ]
  for (const [text, message, type] of wrong) {
    test(`that are wrong are told by their number: ${JSON.stringify(text)}`, async () => {
      await assert.rejects(all(packetsOfLines(stream(text), { ...format, type })), { code: 'ERR_MILLRACE_OPTION', message })
    })
  }
})

describe('raw packets', () => {
  test('come out as they went in', async () => {
    const packets = ['a', 'b'.repeat(300)].map((text) => marshal(0x11, text, mold('')))
    const got = await all(rawPackets(stream(...Array.from(Buffer.concat(packets), (byte) => Buffer.from([byte]))), format))
    assert.deepEqual(
      got.map((packet) => Buffer.from(packet).toString('hex')),
      packets.map((packet) => Buffer.from(packet).toString('hex')),
    )
  })

  test('that end too early are told', async () => {
    await assert.rejects(all(rawPackets(stream(Buffer.from([0x81, 5, 1])), format)), {
      code: 'ERR_MILLRACE_OPTION',
      message: /^stdin: is no stream of Y3 packets/,
    })
  })
})
