// Every event of a log has the name and the fields that the draft gives it, so that qvis and its like draw it; and what they draw is there.
// draft-ietf-quic-qlog-quic-events.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QlogSink } from '../src/core/qlog/sink.ts'
import { connected, say, settle } from './support/connected.ts'
import type { Pair, PairOptions } from './support/pair.ts'

interface Event {
  readonly time: number
  readonly name: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Fields of each event: those that must be there, and those that may. */
const EVENTS: Readonly<Record<string, { readonly must: readonly string[]; readonly may: readonly string[] }>> = {
  connection_started: { must: ['local', 'remote'], may: [] },
  connection_closed: {
    must: [],
    may: ['initiator', 'connection_error', 'application_error', 'error_code', 'internal_code', 'reason', 'trigger'],
  },
  connection_state_updated: { must: ['new'], may: ['old'] },
  alpn_information: { must: [], may: ['server_alpns', 'client_alpns', 'chosen_alpn'] },
  packet_sent: {
    must: ['header'],
    may: ['frames', 'raw', 'is_mtu_probe_packet', 'trigger', 'supported_versions', 'stateless_reset_token'],
  },
  packet_received: { must: ['header'], may: ['frames', 'raw', 'trigger', 'supported_versions', 'stateless_reset_token'] },
  packet_dropped: { must: [], may: ['header', 'raw', 'details', 'trigger'] },
  packet_lost: { must: ['header', 'frames'], may: ['is_mtu_probe_packet', 'trigger'] },
  udp_datagrams_sent: { must: [], may: ['count', 'raw', 'ecn'] },
  udp_datagrams_received: { must: [], may: ['count', 'raw', 'ecn'] },
  stream_state_updated: { must: ['stream_id', 'new', 'stream_side'], may: ['stream_type', 'old', 'trigger'] },
  timer_updated: { must: ['event_type'], may: ['timer_type', 'timer_id', 'packet_number_space', 'delta'] },
  migration_state_updated: { must: ['new'], may: ['old', 'tuple_id', 'tuple_remote', 'tuple_local'] },
  key_updated: { must: ['key_type'], may: ['old', 'new', 'key_phase', 'trigger'] },
  key_discarded: { must: ['key_type'], may: ['key', 'key_phase', 'trigger'] },
  recovery_parameters_set: {
    must: ['timer_granularity'],
    may: [
      'reordering_threshold',
      'time_threshold',
      'initial_rtt',
      'max_datagram_size',
      'initial_congestion_window',
      'minimum_congestion_window',
      'loss_reduction_factor',
      'persistent_congestion_threshold',
    ],
  },
  recovery_metrics_updated: {
    must: [],
    may: [
      'min_rtt',
      'smoothed_rtt',
      'latest_rtt',
      'rtt_variance',
      'pto_count',
      'congestion_window',
      'bytes_in_flight',
      'ssthresh',
      'packets_in_flight',
      'pacing_rate',
    ],
  },
  congestion_state_updated: { must: ['new'], may: ['old', 'trigger'] },
  ecn_state_updated: { must: ['new'], may: ['old'] },
  parameters_set: {
    must: ['initiator'],
    may: [
      'resumption_allowed',
      'early_data_enabled',
      'tls_cipher',
      'original_destination_connection_id',
      'initial_source_connection_id',
      'retry_source_connection_id',
      'stateless_reset_token',
      'disable_active_migration',
      'max_idle_timeout',
      'max_udp_payload_size',
      'ack_delay_exponent',
      'max_ack_delay',
      'active_connection_id_limit',
      'initial_max_data',
      'initial_max_stream_data_bidi_local',
      'initial_max_stream_data_bidi_remote',
      'initial_max_stream_data_uni',
      'initial_max_streams_bidi',
      'initial_max_streams_uni',
      'preferred_address',
      'unknown_parameters',
      'max_datagram_frame_size',
      'grease_quic_bit',
      'reset_stream_at',
    ],
  },
}

/** PacketHeader. */
const HEADER = [
  'packet_type',
  'spin_bit',
  'key_phase_bit',
  'packet_number_length',
  'packet_number',
  'token',
  'length',
  'version',
  'scil',
  'dcil',
  'scid',
  'dcid',
]
const PACKET_TYPES = ['initial', 'handshake', '0RTT', '1RTT', 'retry', 'version_negotiation', 'stateless_reset', 'unknown']

function logged(options: PairOptions): { pair: Pair; header: () => Record<string, unknown>; events: () => Event[] } {
  let text = ''
  const sink: QlogSink = {
    begin: () => {},
    wallClockTime: () => '2026-11-22T08:00:00.000Z',
    write: (record) => {
      text += record
    },
    end: () => {},
  }
  const pair = connected({ ...options, connection: (side) => (side === 'client' ? { qlog: sink } : {}) })
  return {
    pair,
    header: () => JSON.parse(text.split('\x1e')[1]!) as Record<string, unknown>,
    events: () =>
      text
        .split('\x1e')
        .slice(2)
        .map((record) => JSON.parse(record) as Event),
  }
}

/** Drops the client's 1-RTT packets with these places in the order of sending, counted from the moment when the handshake has settled. */
function dropping(places: readonly number[], options: PairOptions = {}): ReturnType<typeof logged> {
  let count = Number.NEGATIVE_INFINITY
  const all = logged({ ...options, drop: (from, datagram) => from === 'client' && (datagram[0]! & 0x80) === 0 && places.includes(++count) })
  count = 0
  return all
}

function lost(events: readonly Event[]): unknown[] {
  return events.filter(({ name }) => name === 'quic:packet_lost').map(({ data }) => data.trigger)
}

test('each event is known, with the fields that it must have and none that it may not', () => {
  const { pair, events } = dropping([3, 7])
  say(pair.client, Buffer.alloc(100_000))
  settle(pair)
  pair.client.connection.keyPhases.request()
  say(pair.client, Buffer.alloc(20_000))
  settle(pair)
  pair.client.connection.close(7n, 'done', pair.now)
  pair.pass(3000)
  const seen = new Set<string>()
  for (const { name, data } of events()) {
    const short = name.replace('quic:', '')
    seen.add(short)
    const shape = EVENTS[short]
    assert.ok(shape !== undefined, `${name} is no event of the draft`)
    for (const field of shape.must) assert.ok(field in data, `${name} lacks ${field}`)
    for (const field of Object.keys(data)) assert.ok(shape.must.includes(field) || shape.may.includes(field), `${name} has ${field}`)
    const { header } = data as { header?: { packet_type: string } }
    if (header === undefined) continue
    assert.ok(PACKET_TYPES.includes(header.packet_type), header.packet_type)
    for (const field of Object.keys(header)) assert.ok(HEADER.includes(field), `a header has ${field}`)
  }
  for (const name of [
    'packet_lost',
    'key_updated',
    'recovery_parameters_set',
    'recovery_metrics_updated',
    'connection_closed',
    'timer_updated',
  ])
    assert.ok(seen.has(name), `no ${name} among ${[...seen].join()}`)
  pair.release()
})

test('a lost packet says which threshold it crossed (RFC 9002 section 6.1)', () => {
  const overtaken = dropping([3])
  say(overtaken.pair.client, Buffer.alloc(40_000))
  settle(overtaken.pair)
  assert.deepEqual(lost(overtaken.events()), ['reordering_threshold'])
  overtaken.pair.release()
  const late = dropping([1])
  say(late.pair.client, Buffer.alloc(2000))
  settle(late.pair)
  assert.deepEqual(lost(late.events()), ['time_threshold'])
  late.pair.release()
})

test('what a diagram of congestion draws is there: window, flight and round trip, each packet with its bytes, and every loss', () => {
  const { pair, events } = dropping([9])
  say(pair.client, Buffer.alloc(300_000))
  settle(pair)
  const all = events()
  const metrics = all.filter(({ name }) => name === 'quic:recovery_metrics_updated').map(({ data }) => data)
  for (const field of ['congestion_window', 'bytes_in_flight', 'smoothed_rtt', 'min_rtt', 'ssthresh'])
    assert.ok(
      metrics.some((data) => typeof data[field] === 'number'),
      field,
    )
  const sent = all.filter(({ name }) => name === 'quic:packet_sent')
  for (const { data } of sent) assert.ok((data.raw as { length: number }).length > 0)
  const numbers = new Set(sent.map(({ data }) => `${JSON.stringify((data.header as { packet_number: number }).packet_number)}`))
  for (const { data } of all.filter(({ name }) => name === 'quic:packet_lost'))
    assert.ok(numbers.has(JSON.stringify((data.header as { packet_number: number }).packet_number)))
  pair.release()
})

test('a move to another address shows (RFC 9000 section 9)', () => {
  const { pair, events } = logged({})
  pair.pass(100)
  const { connection } = pair.client
  connection.migrate(pair.client.sockets[0]!, { family: 4, address: '198.51.100.1', port: 443 }, pair.now)
  pair.pass(1000)
  const states = events()
    .filter(({ name }) => name === 'quic:migration_state_updated')
    .map(({ data }) => data.new)
  assert.deepEqual(states, ['migration_started', 'probing_successful'])
  pair.release()
})

test('the file says what it is, by draft-ietf-quic-qlog-main-schema: each field that a reader looks for, and none besides', () => {
  const { pair, header } = logged({})
  const { title, ...file } = header() as { title: string }
  assert.match(title, /^[0-9a-f]{16}_client$/, 'the first destination id, and whose log it is')
  assert.deepEqual(file, {
    file_schema: 'urn:ietf:params:qlog:file:sequential',
    serialization_format: 'application/qlog+json-seq',
    trace: {
      common_fields: {
        group_id: title.slice(0, 16),
        time_format: 'relative_to_epoch',
        reference_time: { clock_type: 'monotonic', epoch: 'unknown', wall_clock_time: '2026-11-22T08:00:00.000Z' },
      },
      vantage_point: { name: 'millrace', type: 'client' },
      event_schemas: ['urn:ietf:params:qlog:events:quic-13'],
    },
  })
  pair.release()
})

test('only a packet that asks how large a datagram may be counts as a probe of the MTU, sent or lost (RFC 9000 section 14.4)', () => {
  const { pair, events } = logged({ maxDatagramSize: 1452, mtu: () => 1300 })
  say(pair.client, Buffer.alloc(5000), 'uni')
  pair.pass(5000)
  const moved = pair.client.connection.migrate(pair.client.sockets[0]!, { family: 4, address: '198.51.100.1', port: 443 }, pair.now)
  assert.ok(moved)
  pair.pass(5000)
  const marked = (name: string): Event[] => events().filter((event) => event.name === name && event.data.is_mtu_probe_packet === true)
  const sent = marked('quic:packet_sent')
  assert.ok(sent.length > 3)
  for (const { data } of sent) assert.ok((data.raw as { length: number }).length > 1200, JSON.stringify(data))
  const challenges = events().filter(({ data }) => JSON.stringify(data.frames ?? '').includes('path_challenge'))
  assert.ok(challenges.length > 0 && challenges.every(({ data }) => data.is_mtu_probe_packet === undefined))
  assert.ok(marked('quic:packet_lost').length > 0)
  pair.release()
})

test('what TLS agreed on is told in the words of the draft; parameters that it has no name for are unknown to it', () => {
  const { pair, events } = logged({ server: { minAckDelay: 1000 } })
  pair.release()
  const of = (name: string): Readonly<Record<string, unknown>>[] =>
    events().flatMap((event) => (event.name === `quic:${name}` ? [event.data] : []))
  const [agreed] = of('parameters_set').filter((data) => 'tls_cipher' in data)
  assert.deepEqual(agreed, {
    initiator: 'local',
    tls_cipher: 'AES_128_GCM_SHA256',
    resumption_allowed: false,
    early_data_enabled: false,
  })
  const remote = of('parameters_set').find(({ initiator }) => initiator === 'remote')!
  assert.ok((remote.unknown_parameters as { id: number }[]).some(({ id }) => id === MIN_ACK_DELAY))
})

/** draft-ietf-quic-ack-frequency section 10.1. */
const MIN_ACK_DELAY = 0xff04de1b
