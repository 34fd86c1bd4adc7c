// That nothing is missing: the members that the text of W3C WebTransport has, each on the prototype of its interface.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { WebTransportError } from '../src/index.ts'
import type { WebTransportSession } from '../src/webtransport/session.ts'
import { webTransportServer, write } from './support/web-transport.ts'

type Kind = 'method' | 'readonly' | 'attribute' | 'static' | 'extends' | 'counts'

interface Member {
  readonly owner: string
  readonly name: string
  readonly kind: Kind
}

const members: readonly Member[] = readFileSync(new URL('web-transport-members.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [owner, name, kind] = line.split(' ') as [string, string, Kind]
    return { owner, name, kind }
  })

const accepted = Promise.withResolvers<WebTransportSession>()
const server = await webTransportServer((request) => accepted.resolve(request.accept()))
const transport = server.client()
const sendGroup = transport.createSendGroup()
const stream = await transport.createBidirectionalStream({ sendGroup })
const oneWay = await transport.createUnidirectionalStream()
await write(oneWay, 'for the counts')
await (await accepted.promise).incomingUnidirectionalStreams.getReader().read()
after(() => transport.close())

/** One of each, out of a session. */
const objects: Readonly<Record<string, object>> = {
  WebTransport: transport,
  WebTransportDatagramDuplexStream: transport.datagrams,
  WebTransportDatagramsWritable: transport.datagrams.createWritable(),
  WebTransportSendStream: stream.writable,
  WebTransportSendGroup: sendGroup,
  WebTransportReceiveStream: stream.readable,
  WebTransportBidirectionalStream: stream,
  WebTransportWriter: stream.writable.getWriter(),
  WebTransportError: new WebTransportError(),
}

const counts: Readonly<Record<string, object>> = {
  WebTransport: await transport.getStats(),
  WebTransportDatagramDuplexStream: (await transport.getStats()).datagrams,
  WebTransportSendStream: await stream.writable.getStats(),
  WebTransportSendGroup: await sendGroup.getStats(),
  WebTransportReceiveStream: await stream.readable.getStats(),
}

/** As Web IDL lays it out: on the prototype of the interface, or of one that it inherits from, which is no native one. */
function described(object: object, name: string): PropertyDescriptor | undefined {
  assert.equal(Object.hasOwn(object, name), false, 'of the object alone')
  for (let at = Object.getPrototypeOf(object); at !== null; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name)) return Object.getOwnPropertyDescriptor(at, name)
  }
  return undefined
}

const CHECKS: Readonly<Record<Kind, (object: object, name: string, owner: string) => boolean>> = {
  method: (object, name) => typeof described(object, name)?.value === 'function',
  readonly: (object, name) => described(object, name)?.get !== undefined && described(object, name)?.set === undefined,
  attribute: (object, name) => described(object, name)?.get !== undefined && described(object, name)?.set !== undefined,
  static: (object, name) => name in object.constructor,
  extends: (object, name) => object instanceof (globalThis as unknown as Record<string, new () => object>)[name]!,
  counts: (_object, name, owner) => name in counts[owner]!,
}

test('each interface has each of its members', () => {
  for (const { owner, name, kind } of members) {
    assert.equal(objects[owner]?.constructor.name, owner)
    assert.ok(CHECKS[kind](objects[owner]!, name, owner), `${owner} has no ${kind} ${name}`)
  }
})

test('the list has every interface, and a gap in it would be seen', () => {
  assert.deepEqual([...new Set(members.map(({ owner }) => owner))].toSorted(), Object.keys(objects).toSorted())
  for (const kind of ['method', 'readonly', 'attribute', 'static', 'counts'] as const)
    assert.equal(CHECKS[kind](transport, 'somethingElse', 'WebTransport'), false)
  assert.equal(CHECKS.readonly(transport, 'getStats', 'WebTransport'), false)
  assert.equal(CHECKS.attribute(transport, 'ready', 'WebTransport'), false)
})

test('attributes are made of what they are set to as Web IDL does', () => {
  const { datagrams } = transport
  for (const name of ['incomingMaxAge', 'outgoingMaxAge'] as const) {
    datagrams[name] = 12.5
    assert.equal(datagrams[name], 12.5)
    for (const age of [-1, Number.NaN]) assert.throws(() => Reflect.set(datagrams, name, age), RangeError)
    assert.equal(datagrams[name], 12.5)
    datagrams[name] = 0
    assert.equal(datagrams[name], null)
  }
  for (const name of ['incomingMaxBufferedDatagrams', 'outgoingMaxBufferedDatagrams'] as const) {
    datagrams[name] = 7.9
    assert.equal(datagrams[name], 7)
    datagrams[name] = 0
    assert.equal(datagrams[name], 1)
  }
  for (const kind of ['Unidirectional', 'Bidirectional'] as const) {
    const name = `anticipatedConcurrentIncoming${kind}Streams` as const
    assert.equal(transport[name], null)
    transport[name] = 65_535
    assert.equal(transport[name], 65_535)
    for (const count of [-1, 65_536, Number.NaN]) assert.throws(() => Reflect.set(transport, name, count), TypeError)
  }
  const error = new WebTransportError('gone', { streamErrorCode: -3 })
  assert.deepEqual([error.name, error.code, error.source, error.streamErrorCode], ['WebTransportError', 0, 'stream', 0])
  assert.equal(new WebTransportError('', { streamErrorCode: 2 ** 33 }).streamErrorCode, 0xffff_ffff)
  assert.equal(new WebTransportError('', { source: 'session' }).streamErrorCode, null)
  assert.throws(() => new WebTransportError('', { source: 'both' as 'session' }), TypeError)
})
