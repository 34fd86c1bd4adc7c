import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodePacket, encodeNode, encodePrimitive, mold, unmarshal } from '@millrace/y3'
import { echoPacket, thermometerPacket, thermometersMold } from '../src/demo/data.ts'
import { definePlugin, formatId, traceFromHeader, traceToHeader } from '../src/index.ts'
import { numbered, setUp, texts } from './support.ts'

const append = (name: string, mark: string, observed: number | string = '0x11') =>
  definePlugin({ name, observed, mold: '', handle: (value) => value + mark })

test('data goes through the plugins in the order of the workflow', async () => {
  const { source, output } = await setUp({ plugins: [append('first', 'a'), append('second', 'b'), append('third', 'c')] })
  for (const text of numbered(50)) await source.write('0x11', text)
  assert.deepEqual(
    texts(await output.count(50)),
    numbered(50, (text) => `${text}abc`),
  )
})

test('data with no observer passes on unchanged, and keeps its tag, id, time and trace', async () => {
  const { source, output, plugins, reports } = await setUp({ plugins: [append('other', '!', '0x12')] })
  await reports.said(/'other' is there/)
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  await source.write('0x11', 'as it is', '', { sourceTimeMicros: 1_234_567, traceparent })
  const [message] = await output.count(1)
  assert.deepEqual(texts([message!]), ['as it is'])
  assert.equal(message!.tag, 0x11)
  assert.equal(message!.sourceTimeMicros, 1_234_567)
  assert.equal(traceToHeader(message!.trace!), traceparent)
  assert.match(formatId(message!.id), /^[0-9a-f]+-1$/)
  assert.deepEqual(plugins[0]!.stats, { handled: 0, passed: 0, dropped: 0, failed: 0 })
})

test('a packet of several keys is shown to every plugin, and passes those that find nothing in it', async () => {
  const { source, output, plugins } = await setUp({ plugins: [append('absent', '!', '0x3f'), append('echo', '✅')] })
  await source.writePacket(0x11, echoPacket(7))
  const [message] = await output.count(1)
  assert.deepEqual(texts([message!]), ['millrace!✅'])
  assert.equal(unmarshal(message!.packet, 0x10, mold('int32')), 7)
  assert.equal(plugins[0]!.stats.passed, 1)
})

test('an asynchronous handle keeps the order of its results, however many run at once', async () => {
  const waiting: (() => void)[] = []
  const slow = definePlugin({
    name: 'slow',
    observed: '0x11',
    mold: '',
    concurrency: 3,
    async handle(value) {
      // The first two wait until the third is there: it finishes before them.
      if (value === '2') for (const wake of waiting.reverse()) wake()
      else if (value < '2') await new Promise<void>((resolve) => waiting.push(resolve))
      return `${value}.`
    },
  })
  const { source, output } = await setUp({ plugins: [slow] })
  for (const text of numbered(9)) await source.write('0x11', text)
  assert.deepEqual(
    texts(await output.count(9)),
    numbered(9, (text) => `${text}.`),
  )
})

test('null and undefined drop the message', async () => {
  const odd = definePlugin({
    name: 'odd',
    observed: 0x11,
    mold: '',
    handle: (value) => (Number(value) % 2 === 1 ? value : Number(value) % 4 ? null : undefined),
  })
  const { source, output, plugins, edge } = await setUp({ plugins: [odd] })
  for (const text of numbered(10)) await source.write('0x11', text)
  assert.deepEqual(texts(await output.count(5)), ['1', '3', '5', '7', '9'])
  await edge.close()
  assert.equal(output.items.length, 5)
  assert.deepEqual(plugins[0]!.stats, { handled: 5, passed: 0, dropped: 5, failed: 0 })
})

test('a throw is reported with the plugin and the message, counted, and the stream goes on', async () => {
  const picky = definePlugin({
    name: 'picky',
    observed: '0x11',
    mold: '',
    handle(value) {
      if (value === '1') throw new Error('no ones')
      return value === '2' ? Promise.reject(new Error('no twos')) : value
    },
  })
  const { source, output, reports, plugins } = await setUp({ plugins: [picky] })
  for (const text of numbered(5)) await source.write('0x11', text)
  assert.deepEqual(texts(await output.count(3)), ['0', '3', '4'])
  assert.equal(plugins[0]!.stats.failed, 2)
  assert.deepEqual(
    reports.items.filter((line) => /: no /.test(line)).map((line) => line.replace(/[0-9a-f]+-/, 'run-')),
    ["plugin 'picky': message run-2: no ones", "plugin 'picky': message run-3: no twos"],
  )
})

test('a value that does not fit its mold is reported, and the stream goes on', async () => {
  const { source, output, reports } = await setUp({
    plugins: [definePlugin({ name: 'numbers', observed: '0x11', mold: 'int32', handle: (value) => value + 1 })],
  })
  await source.write('0x11', 'far too long for a number')
  await source.write('0x11', 41, 'int32')
  const [message] = await output.count(1)
  assert.equal(unmarshal(message!.packet, 0x11, mold('int32')), 42)
  assert.ok(reports.items.some((line) => line.startsWith("plugin 'numbers': message ")))
})

test('a complex mold gives objects and takes them', async () => {
  const warmer = definePlugin({
    name: 'warmer',
    observed: '0x20',
    mold: [
      {
        id: { key: '0x10', type: 'string' },
        temperature: { key: '0x11', type: 'float32' },
        humidity: { key: 0x12, type: 'float32' },
        stored: [0x13, 'bool'],
      },
    ],
    handle: (readings) => readings.map((reading) => ({ ...reading, temperature: reading.temperature + 1, stored: true })),
  })
  const { source, output } = await setUp({ plugins: [warmer] })
  const before = unmarshal(thermometerPacket(3), 0x20, thermometersMold)!
  await source.writePacket(0x20, thermometerPacket(3))
  const [message] = await output.count(1)
  const after = unmarshal(message!.packet, 0x20, thermometersMold)!
  assert.deepEqual(
    after,
    before.map((reading) => ({ ...reading, temperature: Math.fround(reading.temperature + 1), stored: true })),
  )
})

test('a result may have another shape than the value, and is then shown to the observers of its keys', async () => {
  const split = definePlugin({
    name: 'split',
    observed: '0x11',
    mold: '',
    returns: { name: { key: '0x12', type: 'string' } },
    handle: (value) => ({ name: value }),
  })
  const { source, output } = await setUp({ plugins: [split, append('inner', '!', '0x12')] })
  await source.write('0x11', 'text')
  const [message] = await output.count(1)
  assert.deepEqual(texts([message!], 0x12), ['text!'])
  assert.equal(decodePacket(message!.packet).packet.children[0]!.id, 0x11)
})

test('several observed keys: the first of them that a packet holds is handled', async () => {
  const seen: number[] = []
  const both = definePlugin({
    name: 'both',
    observed: ['0x12', '0x11'],
    mold: '',
    handle(value, { key }) {
      seen.push(key)
      return `${value}@${key.toString(16)}`
    },
  })
  const { source, output } = await setUp({ plugins: [both] })
  await source.write('0x11', 'a')
  await output.count(1)
  await source.writePacket(0x11, encodeNode(0x01, [encodePrimitive(0x11, 'b', 'string'), encodePrimitive(0x12, 'c', 'string')]))
  await output.count(2)
  assert.deepEqual(texts(output.items, 0x11), ['a@11', 'b'])
  assert.deepEqual(texts(output.items, 0x12), [null, 'c@12'])
  assert.deepEqual(seen, [0x11, 0x12])
})

test('large messages cross the chain whole, between small ones', async () => {
  const { source, output } = await setUp({ plugins: [append('echo', '!')] })
  const sizes = [10, 3_000_000, 10, 100_000, 20_000, 10]
  for (const size of sizes) await source.write('0x11', 'x'.repeat(size))
  assert.deepEqual(
    texts(await output.count(sizes.length)).map((text) => text!.length),
    sizes.map((size) => size + 1),
  )
})

test('a handle that waits on one tag does not hold up another', async () => {
  const release = Promise.withResolvers<void>()
  const twoTags = definePlugin({
    name: 'two',
    observed: ['0x11', '0x12'],
    mold: '',
    async handle(value, { key }) {
      if (key === 0x11) await release.promise
      return value
    },
  })
  const { source, output } = await setUp({ plugins: [twoTags] })
  await source.write('0x11', 'stuck')
  for (const text of numbered(20)) await source.write('0x12', text)
  assert.deepEqual(texts(await output.count(20), 0x12), numbered(20))
  release.resolve()
  assert.deepEqual(texts((await output.count(21)).slice(20)), ['stuck'])
})

test('what does not concern a plugin stays in its place behind what does', async () => {
  const release = Promise.withResolvers<void>()
  const gate = definePlugin({
    name: 'gate',
    observed: '0x13',
    mold: '',
    async handle(value) {
      await release.promise
      return value
    },
  })
  const { source, output, edge, reports } = await setUp({ plugins: [gate] })
  await reports.said(/'gate' is there/)
  // One tag: first a packet that also holds 0x13, then one that does not.
  await source.writePacket(0x11, encodeNode(0x01, [encodePrimitive(0x11, 'first', 'string'), encodePrimitive(0x13, 'x', 'string')]))
  await source.write('0x11', 'second')
  await source.flush()
  assert.equal(edge.stats.delivered, 0)
  release.resolve()
  assert.deepEqual(texts(await output.count(2)), ['first', 'second'])
})

test('a traceparent that is malformed is left out', () => {
  assert.equal(traceFromHeader('00-zz'), null)
  assert.equal(traceFromHeader(`00-${'0'.repeat(32)}-b7ad6b7169203331-01`), null)
})
