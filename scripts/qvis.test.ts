// What the public qvis looks for, as its loader and its diagrams do, in a log that was made for it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QlogSink } from '../packages/quic/src/core/qlog/sink.ts'
import { connected, upload } from '../packages/quic/test/support/connected.ts'
import { forQvis } from './qvis/convert.ts'

function logged(): string {
  let text = ''
  const sink: QlogSink = {
    begin: () => {},
    wallClockTime: () => '2026-11-22T08:00:00.000Z',
    write: (record) => {
      text += record
    },
    end: () => {},
  }
  let index = 0
  const pair = connected({
    connection: (side) => (side === 'client' ? { qlog: sink } : {}),
    drop: (from, datagram) => from === 'client' && (datagram[0]! & 0x80) === 0 && ++index === 30,
  })
  assert.ok(upload(pair, 200_000))
  pair.release()
  return text
}

interface Event {
  readonly time: number
  readonly data: {
    readonly header?: { packet_type: string; packet_number: number }
    readonly raw?: { length: number }
    readonly frames?: Frame[]
  }
}

interface Frame {
  readonly frame_type: string
  readonly stream_id?: number
  readonly offset?: number
  readonly length?: number
  readonly acked_ranges?: number[][]
}

test('a log made for qvis is loaded, and has what its diagrams draw', () => {
  const made = forQvis(logged())
  // The loader looks into the first bytes before it parses anything.
  const begin = made.slice(0, 1024)
  assert.ok(begin.includes('qlog_version') && begin.includes('qlog_format') && begin.includes('JSON-SEQ'))
  const [header, ...events] = made
    .split('\x1e')
    .slice(1)
    .map((record) => JSON.parse(record) as Record<string, unknown>)
  assert.deepEqual([header!.qlog_version, header!.qlog_format], ['0.3', 'JSON-SEQ'])
  const { vantage_point, common_fields } = header!.trace as { vantage_point: { type: string }; common_fields: Record<string, unknown> }
  assert.equal(vantage_point.type, 'client')
  assert.deepEqual([common_fields.time_format, common_fields.reference_time], ['relative', Date.parse('2026-11-22T08:00:00.000Z')])
  const of = (name: string): Event[] => events.filter((event) => event.name === name) as unknown as Event[]
  for (const name of [
    'transport:packet_sent',
    'transport:packet_received',
    'transport:parameters_set',
    'transport:datagrams_sent',
    'recovery:metrics_updated',
    'recovery:packet_lost',
    'connectivity:connection_state_updated',
    'security:key_updated',
  ])
    assert.ok(of(name).length > 0, name)
  for (const { data } of of('transport:packet_sent')) assert.ok(data.raw!.length > 0 && data.header!.packet_number >= 0)
  const frames = [...of('transport:packet_sent'), ...of('transport:packet_received')].flatMap(({ data }) => data.frames!)
  const streams = frames.filter(({ frame_type: type }) => type === 'stream')
  assert.ok(streams.length > 100 && streams.every(({ length, offset }) => length! >= 0 && offset! >= 0))
  const ranges = frames.flatMap(({ acked_ranges: acked }) => acked ?? [])
  assert.ok(ranges.length > 20 && ranges.every((range) => range.length === 2 && range[0]! <= range[1]!))
})

test('what is no qlog is refused', () => {
  assert.throws(() => forQvis('\x1e{"a":1}\n'), /no file_schema/)
  assert.throws(() => forQvis('not even JSON'), SyntaxError)
})
