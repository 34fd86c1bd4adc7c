// HTTP/3's events in the log of the QUIC connection, written and read back. draft-ietf-quic-qlog-h3-events.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forQvis } from '../../../scripts/qvis/convert.ts'
import type { FieldSection } from '../src/core/fields/field-section.ts'
import type { Http3Stream } from '../src/session/http3-stream.ts'
import { get, type LoopbackOptions, loopback, post, readAll } from './support/loopback.ts'
import { type LoggedEvent, logOf, type ReadLog, readLog } from './support/qlog.ts'

/** Fields of each event: those that must be there, and those that may. */
const EVENTS: Readonly<Record<string, { readonly must: readonly string[]; readonly may: readonly string[] }>> = {
  parameters_set: {
    must: ['initiator'],
    may: ['max_field_section_size', 'max_table_capacity', 'blocked_streams_count', 'extended_connect', 'h3_datagram'],
  },
  parameters_restored: {
    must: [],
    may: ['max_field_section_size', 'max_table_capacity', 'blocked_streams_count', 'extended_connect', 'h3_datagram'],
  },
  stream_type_set: { must: ['stream_id', 'stream_type'], may: ['initiator', 'stream_type_bytes'] },
  priority_updated: { must: ['new'], may: ['stream_id', 'old', 'trigger', 'reason'] },
  frame_created: { must: ['stream_id', 'frame'], may: [] },
  frame_parsed: { must: ['stream_id', 'frame'], may: [] },
  datagram_created: { must: ['quarter_stream_id'], may: ['raw'] },
  datagram_parsed: { must: ['quarter_stream_id'], may: ['raw'] },
}

/** And of each frame. */
const FRAMES: Readonly<Record<string, readonly string[]>> = {
  data: [],
  headers: ['headers'],
  settings: ['settings'],
  goaway: ['id'],
  priority_update: ['stream_id', 'priority_field_value'],
  reserved: ['frame_type_bytes'],
  unknown: ['frame_type_bytes'],
}

const QUIC = { qlog: true }

/** What both ends log of one session. */
async function logged(
  onrequest: (stream: Http3Stream) => unknown,
  talk: (ends: Awaited<ReturnType<typeof loopback>>) => Promise<unknown>,
  options: LoopbackOptions = {},
): Promise<Readonly<Record<'client' | 'server', ReadLog>> & { readonly text: string }> {
  const ends = await loopback(onrequest, { ...options, clientQuic: QUIC, serverQuic: QUIC })
  const logs = [logOf(ends.client), logOf(ends.server)]
  await Promise.all([ends.client.settings, ends.server.settings])
  await talk(ends)
  await ends.client.shutdown()
  const [client, server] = await Promise.all(logs)
  return { client: readLog(client!), server: readLog(server!), text: client! }
}

async function echo(stream: Http3Stream): Promise<void> {
  stream.respond([':status', '200', 'set-cookie', 'secret=1', 'x-kind', 'echo'])
  for await (const chunk of stream) stream.writeSync(chunk)
  stream.end(['x-trailer', 'at the end'])
}

async function ask(client: Awaited<ReturnType<typeof loopback>>['client'], more: FieldSection = []): Promise<void> {
  const stream = await client.request(post('/where', ['cookie', 'secret=2', ...more]))
  stream.writeSync(Buffer.alloc(5000, 1))
  stream.end()
  await readAll(stream)
}

/** What one end says, without what the other cannot know. */
const said = (log: ReadLog, name: string, streams: (id: number) => boolean = () => true): LoggedEvent['data'][] =>
  log.all(name).filter(({ stream_id: id }) => streams(id as number))

test('each event and each frame has the fields that the draft gives it, and all that happened is there', async () => {
  const both = await logged(
    async (stream) => {
      stream.ondatagram = (payload) => stream.sendDatagram(payload)
      await echo(stream)
    },
    async ({ client }) => {
      await ask(client, ['priority', 'u=1, i'])
      const stream = await client.request(post('/'), {})
      stream.setPriority({ urgency: 6, incremental: false })
      const answered = new Promise<void>((resolve) => {
        stream.ondatagram = () => resolve()
      })
      stream.writeSync('until the datagram is back')
      stream.sendDatagram(Buffer.from('hello'))
      await answered
      stream.end()
      await readAll(stream)
    },
    { client: { enableDatagrams: true }, server: { enableDatagrams: true } },
  )
  for (const { schemas, events } of [both.client, both.server]) {
    assert.deepEqual(schemas, ['urn:ietf:params:qlog:events:quic-13', 'urn:ietf:params:qlog:events:http3-13'])
    const times = events.map(({ time }) => time)
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
    const seen = new Set<string>()
    for (const { name, data } of events.filter((event) => event.name.startsWith('http3:'))) {
      const short = name.slice('http3:'.length)
      seen.add(short)
      const shape = EVENTS[short]
      assert.ok(shape !== undefined, `${name} is no event of the draft`)
      for (const field of shape.must) assert.ok(field in data, `${name} lacks ${field}`)
      for (const field of Object.keys(data)) assert.ok(shape.must.includes(field) || shape.may.includes(field), `${name} has ${field}`)
      if (data.frame !== undefined) checkFrame(data.frame as LoggedEvent['data'])
    }
    const all = Object.keys(EVENTS).filter((name) => name !== 'parameters_restored')
    assert.deepEqual([...seen].sort(), all.sort())
  }
})

function checkFrame({ frame_type: type, raw, ...rest }: LoggedEvent['data']): void {
  const fields = FRAMES[type as string]
  assert.ok(fields !== undefined, `${String(type)} is no frame of the draft`)
  assert.deepEqual(Object.keys(rest).sort(), [...fields].sort(), String(type))
  const { length, payload_length: payload } = raw as { length: number; payload_length: number }
  assert.ok(length >= payload + 2 && length <= payload + 16)
}

test('what one end created is what the other parsed, frame by frame', async () => {
  const { client, server } = await logged(echo, ({ client: session }) => ask(session))
  for (const [from, to, control] of [
    [client, server, 2],
    [server, client, 3],
  ] as const) {
    for (const id of [control, 0]) {
      const created = said(from, 'frame_created', (each) => each === id)
      const parsed = said(to, 'frame_parsed', (each) => each === id)
      assert.ok(created.length > 1)
      assert.deepEqual(parsed, created)
    }
  }
  const [settings] = said(client, 'frame_created', (id) => id === 2).map(({ frame }) => frame as LoggedEvent['data'])
  assert.equal(settings!.frame_type, 'settings')
  assert.ok(
    (settings!.settings as object[]).some((each) => JSON.stringify(each) === '{"name":"settings_qpack_blocked_streams","value":100}'),
  )
  assert.ok((settings!.settings as { name: string }[]).some(({ name }) => name === 'reserved'))
  const types = said(server, 'frame_created', (id) => id === 0).map(({ frame }) => (frame as LoggedEvent['data']).frame_type)
  assert.deepEqual([types[0], types.at(-1)], ['headers', 'headers'])
  assert.ok(types.slice(1, -1).every((type) => type === 'data') && types.length > 2)
})

test('streams say what they are for at both ends, and settings are those of either side', async () => {
  const { client, server } = await logged(echo, ({ client: session }) => ask(session), { server: { maxFieldSectionSize: 4321 } })
  const types = (log: ReadLog): string[] =>
    log.all('stream_type_set').map(({ initiator, stream_id: id, stream_type: type }) => `${initiator} ${id} ${type}`)
  // The last one means nothing, and is there to be ignored. RFC 9114 section 6.2.3.
  const expected = ['2 control', '6 qpack_encode', '10 qpack_decode', '0 request', '14 reserved'].map((each) => `local ${each}`)
  const theirs = ['3 control', '7 qpack_encode', '11 qpack_decode', '15 reserved'].map((each) => `remote ${each}`)
  assert.deepEqual(types(client).sort(), [...expected, ...theirs].sort())
  const turned = [...expected, ...theirs].map((each) =>
    each.startsWith('local') ? each.replace('local', 'remote') : each.replace('remote', 'local'),
  )
  assert.deepEqual(types(server).sort(), turned.sort())
  const sizes = (log: ReadLog): unknown[] => log.all('parameters_set').map((data) => [data.initiator, data.max_field_section_size])
  assert.deepEqual(sizes(client), [
    ['local', 65_536],
    ['remote', 4321],
  ])
  assert.deepEqual(sizes(server), [
    ['local', 4321],
    ['remote', 65_536],
  ])
})

test('credentials do not go into a log; that they were there does', async () => {
  const { client, server, text } = await logged(echo, ({ client: session }) => ask(session))
  for (const log of [client, server]) {
    const sections = [...log.all('frame_created'), ...log.all('frame_parsed')].flatMap(
      ({ frame }) => ((frame as LoggedEvent['data']).headers ?? []) as LoggedEvent['data'][],
    )
    assert.ok(sections.some((field) => field.name === ':path' && field.value === '/where'))
    const cookies = sections.filter(({ name }) => name === 'cookie' || name === 'set-cookie')
    assert.deepEqual(cookies, [{ name: cookies[0]!.name }, { name: cookies[1]!.name }])
  }
  assert.ok(!text.includes('secret='))
})

test('qvis draws them: frames with their length and stream, by the names of its draft', async () => {
  const { text } = await logged(echo, ({ client }) => ask(client))
  const events = forQvis(text)
    .split('\x1e')
    .slice(2)
    .map((record) => JSON.parse(record) as LoggedEvent)
  const of = (name: string): LoggedEvent['data'][] => events.filter((event) => event.name === name).map(({ data }) => data)
  for (const data of [...of('http:frame_created'), ...of('http:frame_parsed')]) {
    assert.ok((data.length as number) > 0 && data.byte_length === data.length && (data.stream_id as number) >= 0)
    assert.equal(typeof (data.frame as LoggedEvent['data']).frame_type, 'string')
  }
  assert.ok(of('http:frame_created').length > 3 && of('http:frame_parsed').length > 3)
  assert.deepEqual(new Set(of('http:parameters_set').map(({ owner }) => owner)), new Set(['local', 'remote']))
  assert.ok(of('http:stream_type_set').some((data) => data.new === 'request' && data.owner === 'local'))
  assert.ok(of('transport:packet_sent').length > 0)
})

test('without a log nothing is written, and nobody is asked', async () => {
  const { client, server } = await loopback(echo)
  assert.deepEqual([client.quic.qlog, server.quic.qlog], [null, null])
  await ask(client)
  const stream = await client.request(get(), { endStream: true })
  assert.equal((await stream.response())[1], '200')
  client.destroy()
})
