import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bufferCount,
  concatMap,
  delay,
  filter,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  Subject,
  scan,
  share,
  take,
  throwError,
} from 'rxjs'
import { definePlugin } from '../src/index.ts'
import { numbered, setUp, texts } from './support.ts'

const piped = (pipe: ($: Observable<string>) => Observable<string | null | undefined>) =>
  definePlugin({ name: 'rx', observed: '0x11', mold: '', pipe })

test('a pipeline of synchronous operators answers each message', async () => {
  const { source, output } = await setUp({
    plugins: [
      piped(($) =>
        $.pipe(
          filter((value) => Number(value) % 2 === 0),
          map((value) => `${value}!`),
        ),
      ),
    ],
  })
  for (const text of numbered(2000)) await source.write('0x11', text)
  assert.deepEqual(
    texts(await output.count(1000)),
    numbered(2000, (text) => `${text}!`).filter((_, index) => index % 2 === 0),
  )
})

test('a pipeline keeps its state over messages, and null drops', async () => {
  const { source, output } = await setUp({
    plugins: [
      piped(($) =>
        $.pipe(
          scan((sum, value) => sum + Number(value), 0),
          map((sum) => (sum % 2 ? String(sum) : null)),
        ),
      ),
    ],
  })
  for (const text of numbered(6)) await source.write('0x11', text)
  assert.deepEqual(texts(await output.count(3)), ['1', '3', '15'])
})

test('an asynchronous pipeline answers in order and finishes what it was given', async () => {
  const { source, output, edge } = await setUp({ plugins: [piped(($) => $.pipe(concatMap((value) => of(`${value}.`).pipe(delay(0)))))] })
  for (const text of numbered(30)) await source.write('0x11', text)
  assert.deepEqual(
    texts(await output.count(30)),
    numbered(30, (text) => `${text}.`),
  )
  await edge.close()
  assert.equal(edge.stats.plugins[0]!.pending, 0)
})

test('several results of one message go on one after the other', async () => {
  const { source, output } = await setUp({ plugins: [piped(($) => $.pipe(mergeMap((value) => [`${value}a`, `${value}b`])))] })
  for (const text of numbered(3)) await source.write('0x11', text)
  assert.deepEqual(texts(await output.count(6)), ['0a', '0b', '1a', '1b', '2a', '2b'])
})

test('one result of several messages goes on with the last of them', async () => {
  const { source, output, edge } = await setUp({
    plugins: [
      piped(($) =>
        $.pipe(
          bufferCount(3),
          map((values) => values.join('+')),
        ),
      ),
    ],
  })
  for (const text of numbered(7)) await source.write('0x11', text)
  assert.deepEqual(texts(await output.count(2)), ['0+1+2', '3+4+5'])
  await edge.close()
})

test('a result that belongs to no message goes on all the same', async () => {
  const extra = new Subject<string>()
  const { source, output } = await setUp({ plugins: [piped(($) => merge($.pipe(map((value) => `${value}!`)), extra))] })
  await source.write('0x11', 'a')
  await output.count(1)
  extra.next('from nowhere')
  assert.deepEqual(texts(await output.count(2)), ['a!', 'from nowhere'])
})

test('an error in the pipeline is reported, and a fresh pipeline goes on', async () => {
  const failing = piped(($) => $.pipe(mergeMap((value) => (value === '1' ? throwError(() => new Error('no ones')) : of(value)))))
  const { source, output, reports, plugins } = await setUp({ plugins: [failing] })
  for (const text of numbered(4)) await source.write('0x11', text)
  assert.deepEqual(texts(await output.count(3)), ['0', '2', '3'])
  assert.equal(plugins[0]!.stats.failed, 1)
  assert.ok(reports.items.some((line) => /^plugin 'rx': message [0-9a-f]+-2: no ones$/.test(line)))
})

test('a pipeline that completes says so and drops the rest', async () => {
  const { source, output, edge, reports } = await setUp({ plugins: [piped(($) => $.pipe(share(), take(2)))] })
  for (const text of numbered(5)) await source.write('0x11', text)
  await source.flush()
  await edge.close()
  assert.deepEqual(texts(output.items), ['0', '1'])
  assert.ok(reports.items.includes("plugin 'rx': the pipeline has completed; what comes from now on is dropped"))
})
