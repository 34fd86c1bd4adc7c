// Nothing that an edge has accepted is lost, whoever comes and goes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePort } from '../../../scripts/support/free-port.ts'
import { connect, definePlugin, Edge, type Plugin, type RunningPlugin, run } from '../src/index.ts'
import { OUTPUT_MESSAGES } from '../src/limits.ts'
import { addressOf, Collected, numbered, Reports, setUp, stopAfter, texts } from './support.ts'

const echo: Plugin = definePlugin({ name: 'echo', observed: '0x11', mold: '', handle: (value) => `${value}!` })

test('a plugin that dies and comes back gets what it had not finished, and each result comes once, in order', async () => {
  const { source, output, edge, reports } = await setUp({ places: [{ name: 'echo' }] })
  const options = { edge: addressOf(edge), report: reports.report }
  let handled = 0
  let victim: RunningPlugin | null = null
  const mortal = definePlugin({
    name: 'echo',
    observed: '0x11',
    mold: '',
    handle(value) {
      if (++handled === 700) victim!.destroy()
      return `${value}!`
    },
  })
  victim = await run(mortal, options)
  for (const text of numbered(2000)) await source.write('0x11', text)
  await victim.closed
  await reports.said(/'echo' is gone; its messages are kept/)
  const again = stopAfter(await run(echo, options))
  assert.deepEqual(
    texts(await output.count(2000)),
    numbered(2000, (text) => `${text}!`),
  )
  await source.flush()
  assert.equal(output.items.length, 2000)
  assert.ok(again.stats.handled >= 1300)
})

test('a plugin that the edge dials is dialled again when it is back', async () => {
  const reports = new Reports()
  const { report } = reports
  const port = await freePort()
  const first = await run(echo, { listen: `127.0.0.1:${port}`, report })
  const { source, output } = await setUp({ places: [{ name: 'echo', host: '127.0.0.1', port }], edge: { report } })
  await source.write('0x11', 'a')
  await output.count(1)
  await first.close()
  await reports.said(/'echo' is gone/)
  await source.write('0x11', 'b')
  stopAfter(await run(echo, { listen: `127.0.0.1:${port}`, report }))
  assert.deepEqual(texts(await output.count(2)), ['a!', 'b!'])
})

test('a plugin that says goodbye finishes what it has, and its place in the chain keeps the rest', async () => {
  const { source, output, edge, reports } = await setUp({ places: [{ name: 'echo' }] })
  const options = { edge: addressOf(edge), report: reports.report }
  const first = await run(echo, options)
  const written = Promise.all(numbered(3000).map((text) => source.write('0x11', text)))
  await output.count(10)
  await first.close()
  stopAfter(await run(echo, options))
  await written
  assert.deepEqual(
    texts(await output.count(3000)),
    numbered(3000, (text) => `${text}!`),
  )
})

test('a second plugin of the same name takes the place of the first', async () => {
  const { source, output, edge, reports } = await setUp({ places: [{ name: 'echo' }] })
  const options = { edge: addressOf(edge), report: reports.report }
  const first = await run(echo, options)
  stopAfter(await run(definePlugin({ name: 'echo', observed: '0x11', mold: '', handle: (value) => `${value}?` }), options))
  await assert.rejects(first.closed, { code: 'ERR_MILLRACE_REPLACED' })
  await source.write('0x11', 'a')
  assert.deepEqual(texts(await output.count(1)), ['a?'])
})

test('when the bound of a plugin is reached the edge says so once, the source waits, and another tag goes on', async () => {
  const { source, output, edge, reports } = await setUp({
    places: [{ name: 'echo' }],
    edge: { pendingBytes: 256 * 1024 },
    source: { pendingBytes: 256 * 1024 },
  })
  const options = { edge: addressOf(edge), report: reports.report }
  // Until it has been there once, the edge cannot know what does not concern it.
  await (await run(echo, options)).close()
  const count = 8000
  const text = (index: number): string => `${index}:${'x'.repeat(1000)}`
  let written = 0
  const writing = (async () => {
    for (; written < count; written++) await source.write('0x11', text(written))
  })()
  await reports.said(/'echo' is away: \d+ messages \(0\.3 MiB\) wait for it, the most that is kept; sources are held back/)
  await source.write('0x12', 'passing by')
  assert.deepEqual(texts(await output.count(1), 0x12), ['passing by'])
  assert.ok(edge.stats.plugins[0]!.pendingBytes < 300 * 1024)
  assert.ok(written < count, 'the writer is held back')
  stopAfter(await run(echo, options))
  await writing
  const rest = texts(await output.count(count + 1)).slice(1)
  assert.deepEqual(
    rest,
    Array.from({ length: count }, (_, index) => `${text(index)}!`),
  )
  assert.equal(reports.items.filter((line) => /'echo' is away/.test(line)).length, 1)
})

test('a source goes on with the next edge at the same port, and each message comes once', async () => {
  const reports = new Reports()
  const output = new Collected<string | null>()
  const listen = (port: number): Promise<Edge> =>
    Edge.listen(
      { name: 'test', host: '127.0.0.1', port, plugins: [] },
      { report: reports.report, output: (message) => output.add(texts([message])[0]!) },
    )
  const port = await freePort()
  const first = await listen(port)
  const source = await connect(addressOf(first), { report: reports.report })
  const written = (async () => {
    for (const text of numbered(5000)) await source.write('0x11', text)
  })()
  await output.count(100)
  await first.close()
  stopAfter(await listen(port))
  await written
  await source.end()
  assert.deepEqual(output.items, numbered(5000))
})

test('the end of a source resolves when the edge has everything', async () => {
  const { source, edge } = await setUp({ places: [{ name: 'never there' }] })
  for (const text of numbered(1000)) await source.write('0x11', text)
  await source.end()
  assert.equal(edge.stats.accepted, 1000)
  assert.equal(source.stats.pending, 0)
  await assert.rejects(source.write('0x11', 'late'), { code: 'ERR_MILLRACE_CLOSED' })
})

test('a source that wants no acknowledgement keeps nothing', async () => {
  const { source, output } = await setUp({ plugins: [echo], source: { acknowledge: false } })
  for (const text of numbered(100)) await source.write('0x11', text)
  await source.end()
  assert.equal(source.stats.pending, 0)
  assert.deepEqual(
    texts(await output.count(100)),
    numbered(100, (text) => `${text}!`),
  )
})

test('closing an edge drains it: what was accepted leaves the chain first', async () => {
  const release = Promise.withResolvers<void>()
  const slow = definePlugin({
    name: 'slow',
    observed: '0x11',
    mold: '',
    async handle(value) {
      await release.promise
      return value
    },
  })
  const { source, output, edge, reports } = await setUp({ plugins: [slow] })
  for (const text of numbered(100)) await source.write('0x11', text)
  await source.flush()
  const closing = edge.close()
  await reports.said(/closing: 100 messages are still with plugin 'slow'/)
  assert.equal(output.items.length, 0)
  release.resolve()
  await closing
  assert.deepEqual(texts(output.items), numbered(100))
})

test('an edge that drains lets the plugin in that it waits for', async () => {
  const { source, output, edge, reports } = await setUp({ places: [{ name: 'echo' }] })
  for (const text of numbered(10)) await source.write('0x11', text)
  await source.flush()
  const closing = edge.close()
  await reports.said(/closing: 10 messages are still with plugin 'echo'/)
  stopAfter(await run(echo, { edge: addressOf(edge), report: reports.report }))
  await closing
  assert.deepEqual(
    texts(output.items),
    numbered(10, (text) => `${text}!`),
  )
})

test('an edge closes while a source writes as fast as it can', async () => {
  const { source, output, edge } = await setUp({ plugins: [echo] })
  let isOver = false
  const writing = (async () => {
    for (let index = 0; !isOver; index++) await source.write('0x11', String(index))
  })()
  await edge.close()
  isOver = true
  source.destroy()
  await writing.catch((error) => assert.equal(error.code, 'ERR_MILLRACE_CLOSED'))
  assert.equal(edge.stats.accepted, edge.stats.delivered)
  assert.deepEqual(
    texts(output.items),
    numbered(output.items.length, (text) => `${text}!`),
  )
})

test('destroying an edge ends a close that still waits', async () => {
  const { source, edge, reports } = await setUp({ places: [{ name: 'never there' }] })
  await source.write('0x11', 'lost')
  await source.flush()
  const closing = edge.close()
  await reports.said(/closing: 1 messages are still with plugin 'never there'/)
  edge.destroy()
  await closing
})

test('a consumer that is slow holds back the chain, and one that throws does not stop it', async () => {
  const release = Promise.withResolvers<void>()
  const taken = new Collected<string | null>()
  const { source, edge, reports } = await setUp({
    source: { pendingBytes: 64 * 1024 },
    edge: {
      async output(message) {
        await release.promise
        const [text] = texts([message])
        if (text === '7') throw new Error('no sevens')
        taken.add(text!)
      },
    },
  })
  let written = 0
  const writing = (async () => {
    for (; written < 100_000; written++) await source.write('0x11', String(written))
  })()
  // Until the output is full, and for as many turns more as would let a good deal in.
  for (let after = 0; after < 200; after += edge.stats.accepted > OUTPUT_MESSAGES ? 1 : 0) await new Promise(setImmediate)
  assert.equal(edge.stats.accepted, OUTPUT_MESSAGES + 1)
  assert.ok(written < 100_000, 'the writer is held back')
  release.resolve()
  await writing
  await taken.count(99_999)
  assert.ok(reports.items.includes('the consumer of the output failed: no sevens'))
  assert.deepEqual(
    taken.items,
    numbered(100_000).filter((text) => text !== '7'),
  )
})

test('messages can be iterated, and the loop ends with the edge', async () => {
  const { source, edge } = await setUp({ plugins: [echo] })
  const seen: (string | null)[] = []
  const loop = (async () => {
    for await (const message of edge.messages()) seen.push(...texts([message]))
  })()
  for (const text of numbered(10)) await source.write('0x11', text)
  await source.flush()
  await edge.close()
  await loop
  assert.deepEqual(
    seen,
    numbered(10, (text) => `${text}!`),
  )
})
