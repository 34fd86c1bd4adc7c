// The log of a connection, written and read back. draft-ietf-quic-qlog-main-schema and draft-ietf-quic-qlog-quic-events.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { qlogFrame } from '../src/core/qlog/frames.ts'
import type { QlogSink } from '../src/core/qlog/sink.ts'
import type { Side } from '../src/core/streams/stream-id.ts'
import { FRAMES, type Frame, type FrameTag } from '../src/core/wire/frames/index.ts'
import { connected, say, settle } from './support/connected.ts'
import { SAMPLES } from './support/frame-samples.ts'
import { Hostile } from './support/hostile.ts'
import type { Pair, PairOptions } from './support/pair.ts'
import { dial, echo, readAll, serve } from './support/server.ts'

interface Fields {
  readonly [name: string]: unknown
}

interface Event {
  readonly time: number
  readonly name: string
  readonly data: Fields & { readonly header?: Fields; readonly frames?: readonly Fields[]; readonly raw?: Fields }
}

interface Header {
  readonly file_schema: string
  readonly serialization_format: string
  readonly trace: { readonly vantage_point: Fields; readonly event_schemas: readonly string[]; readonly common_fields: Fields }
}

/** RFC 7464: each text stands between a record separator and a line feed. */
function parse(sequence: string): { header: Header; events: Event[] } {
  const records = sequence.split('\x1e').slice(1)
  assert.ok(sequence.startsWith('\x1e') && records.every((record) => record.endsWith('}\n')), 'no JSON text sequence')
  const [header, ...events] = records.map((record) => JSON.parse(record) as unknown)
  return { header: header as Header, events: events as Event[] }
}

class Log implements QlogSink {
  name = ''
  text = ''
  ends = 0

  begin(name: string): void {
    this.name = name
  }

  write(record: string): void {
    this.text += record
  }

  end(): void {
    this.ends++
  }

  /** Data of all events of one name. */
  all(name: string): Event['data'][] {
    return parse(this.text)
      .events.filter((event) => event.name === `quic:${name}`)
      .map(({ data }) => data)
  }
}

function logged(options: PairOptions = {}): { pair: Pair; logs: Readonly<Record<Side, Log>> } {
  const logs = { client: new Log(), server: new Log() }
  return { pair: connected({ ...options, connection: (side) => ({ ...options.connection?.(side), qlog: logs[side] }) }), logs }
}

const numbers = (packets: readonly Event['data'][]): string[] =>
  packets.map(({ header }) => `${String(header!.packet_type)} ${String(header!.packet_number)}`)
const framesOf = (packets: readonly Event['data'][]): Fields[] => packets.flatMap(({ frames }) => frames ?? [])

describe('a connection that is listened to', () => {
  test('begins with what the file is, and keeps its events in the order of time', () => {
    const { pair, logs } = logged()
    for (const side of ['client', 'server'] as const) {
      const { header, events } = parse(logs[side].text)
      assert.equal(header.file_schema, 'urn:ietf:params:qlog:file:sequential')
      assert.equal(header.serialization_format, 'application/qlog+json-seq')
      assert.equal(header.trace.vantage_point.type, side)
      assert.match(header.trace.event_schemas[0]!, /^urn:ietf:params:qlog:events:quic/)
      assert.deepEqual(
        events.slice(0, 2).map(({ name }) => name),
        ['quic:connection_started', 'quic:parameters_set'],
      )
      const times = events.map(({ time }) => time)
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      )
      assert.ok(events.at(-1)!.time >= 20, 'a round trip takes 20 ms')
    }
    assert.equal(logs.client.name.replace('_client', ''), logs.server.name.replace('_server', ''))
    pair.release()
    assert.deepEqual([logs.client.ends, logs.server.ends], [1, 1])
  })

  test('what one end sent is what the other received, frame by frame', () => {
    const { pair, logs } = logged()
    say(pair.client, Buffer.alloc(50_000, 1))
    settle(pair)
    for (const [from, to] of [
      ['client', 'server'],
      ['server', 'client'],
    ] as const) {
      const sent = logs[from].all('packet_sent')
      const received = new Map(logs[to].all('packet_received').map((data) => [numbers([data])[0]!, data]))
      assert.ok(received.size > 5)
      let compared = 0
      for (const packet of sent) {
        const twin = received.get(numbers([packet])[0]!)
        if (twin === undefined) continue
        compared++
        assert.deepEqual(twin.frames, packet.frames)
        assert.deepEqual(twin.raw, packet.raw)
        assert.deepEqual(twin.header, packet.header)
      }
      assert.equal(compared, received.size)
    }
    const data = framesOf(logs.client.all('packet_sent')).filter((frame) => frame.frame_type === 'stream')
    assert.equal(
      data.reduce((sum, frame) => sum + ((frame.raw as Fields).length as number), 0),
      50_000,
    )
    assert.equal(data.at(-1)!.fin, true)
    pair.release()
  })

  test('tells parameters of both sides, keys, states, metrics, timers and the congestion state', () => {
    const { pair, logs } = logged({ client: { initialMaxData: 12_345_678 } })
    const log = logs.server
    const parameters = log.all('parameters_set')
    assert.equal(parameters.find((data) => data.initiator === 'remote')!.initial_max_data, 12_345_678)
    assert.equal(parameters.find((data) => data.initiator === 'local')!.initial_max_streams_bidi, 100)
    assert.deepEqual(log.all('alpn_information'), [{ chosen_alpn: { string_value: 'test' } }])
    const keys = log.all('key_updated').map((data) => data.key_type)
    for (const level of ['handshake', '1rtt']) assert.ok(keys.includes(`server_${level}_secret`), `${level}: ${keys.join()}`)
    assert.deepEqual(
      log.all('key_discarded').map((data) => data.key_type),
      ['client_initial_secret', 'server_initial_secret', 'client_handshake_secret', 'server_handshake_secret'],
    )
    assert.deepEqual(
      log.all('connection_state_updated').map((data) => data.new),
      ['handshake_complete', 'handshake_confirmed'],
    )
    const metrics = logs.client.all('recovery_metrics_updated')
    assert.equal(metrics[0]!.congestion_window, 12_000)
    assert.ok(metrics.some((data) => data.smoothed_rtt === 20))
    assert.deepEqual(log.all('congestion_state_updated')[0], { new: `${pair.server.connection.recovery.controller.name}:slow_start` })
    assert.ok(logs.client.all('timer_updated').some((data) => data.event_type === 'set' && (data.delta as number) > 0))
    pair.release()
  })

  test('shows the ECN field of each datagram, and what comes of testing the path', () => {
    const { pair, logs } = logged()
    assert.deepEqual(logs.client.all('ecn_state_updated'), [{ new: 'testing' }, { old: 'testing', new: 'capable' }])
    const [sent, received] = [logs.client.all('udp_datagrams_sent'), logs.server.all('udp_datagrams_received')]
    assert.ok(sent.length > 0 && sent.every(({ ecn }) => (ecn as string[])[0] === 'ECT(0)'))
    // The first one came before the log had begun.
    assert.deepEqual(received, sent.slice(1, received.length + 1))
    const counted = framesOf(logs.client.all('packet_received')).filter(({ frame_type, ect0 }) => frame_type === 'ack' && Number(ect0) > 0)
    assert.ok(counted.length > 0)
    pair.release()
  })

  test('tells lost packets by their number, and the states of a stream (RFC 9000 section 3)', () => {
    let count = 0
    const { pair, logs } = logged({ drop: (from, datagram) => from === 'client' && (datagram[0]! & 0x80) === 0 && ++count === 6 })
    const stream = say(pair.client, Buffer.alloc(40_000))
    settle(pair)
    const sent = new Set(numbers(logs.client.all('packet_sent')))
    const received = new Set(numbers(logs.server.all('packet_received')))
    const missing = [...sent].filter((number) => !received.has(number))
    const lost = logs.client.all('packet_lost')
    assert.deepEqual(numbers(lost), missing)
    assert.equal(framesOf(lost).length > 0, true)
    const states = (log: Log, side: string): unknown[] =>
      log
        .all('stream_state_updated')
        .filter((data) => data.stream_side === side && data.stream_id === stream.id)
        .map((data) => data.new)
    assert.deepEqual(states(logs.client, 'sending').at(-1), 'data_sent')
    assert.deepEqual(states(logs.server, 'receiving').at(0), 'receive')
    pair.release()
  })

  test('tells a key update, and who closed and why', () => {
    const { pair, logs } = logged()
    pair.client.connection.keyPhases.request()
    say(pair.client, Buffer.from('x'))
    settle(pair)
    assert.deepEqual(
      logs.server
        .all('key_updated')
        .filter((data) => data.key_phase === 1)
        .map((data) => data.key_type),
      ['client_1rtt_secret', 'server_1rtt_secret'],
    )
    pair.client.connection.close(7n, 'enough', pair.now)
    pair.pass(5000)
    const code = { application_error: 'unknown', error_code: 7, reason: 'enough', trigger: 'application' }
    assert.deepEqual(logs.client.all('connection_closed'), [{ initiator: 'local', ...code }])
    assert.deepEqual(logs.server.all('connection_closed'), [{ initiator: 'remote', ...code }])
    assert.deepEqual(
      logs.client
        .all('connection_state_updated')
        .slice(-2)
        .map((data) => data.new),
      ['closing', 'closed'],
    )
    assert.deepEqual(
      logs.server
        .all('connection_state_updated')
        .slice(-2)
        .map((data) => data.new),
      ['draining', 'closed'],
    )
    pair.release()
    assert.deepEqual([logs.client.ends, logs.server.ends], [1, 1])
  })

  test('tells dropped packets with the reason, and violations by their name', () => {
    const { pair, logs } = logged()
    const hostile = new Hostile(pair)
    const packet = hostile.seal([{ type: 'ping' }])
    const forged = Buffer.from(packet)
    forged[forged.length - 1]! ^= 1
    hostile.deliver(packet, packet, forged)
    hostile.send([Buffer.of(0x21)])
    assert.deepEqual(
      logs.server.all('packet_dropped').map((data) => data.trigger),
      ['duplicate', 'decryption_failure'],
    )
    assert.deepEqual(framesOf(logs.server.all('packet_received')).at(-1), { frame_type: 'unknown', frame_type_bytes: 0x21 })
    assert.equal(logs.server.all('connection_closed')[0]!.connection_error, 'frame_encoding_error')
    pair.release()
  })
})

test('a connection to which nobody listens has no log', () => {
  const pair = connected()
  assert.equal(pair.client.connection.qlog, null)
  pair.release()
})

test('every frame has its row, under the name of the RFC in small letters', () => {
  for (const [tag, samples] of Object.entries(SAMPLES)) {
    for (const frame of samples as readonly Frame[]) {
      const logged = JSON.parse(JSON.stringify(qlogFrame(frame, 3))) as Fields
      assert.equal(logged.frame_type, FRAMES[tag as FrameTag].name.toLowerCase())
    }
  }
  const ack = qlogFrame(
    {
      type: 'ack',
      delay: 1000,
      ranges: [
        { smallest: 5, largest: 9 },
        { smallest: 2, largest: 2 },
      ],
      ecn: null,
    },
    3,
  )
  assert.deepEqual(ack, { frame_type: 'ack', ack_delay: 8, acked_ranges: [[5, 9], [2]] })
})

describe('over real sockets', () => {
  test('session.onqlog hears all from the beginning, and the end', async () => {
    const server = await serve(echo, { qlog: true })
    const session = await dial(server.address, { qlog: true })
    const stream = await session.createBidirectionalStream()
    void stream.end('hello')
    assert.equal((await readAll(stream)).toString(), 'hello')
    // Set late: what was logged before is told first.
    let text = ''
    const ended = new Promise<void>((resolve) => {
      session.onqlog = (data, fin) => {
        text += data
        if (fin) resolve()
      }
    })
    await session.close()
    await ended
    const { header, events } = parse(text)
    assert.equal(header.trace.vantage_point.type, 'client')
    const names = new Set(events.map(({ name }) => name))
    for (const name of ['connection_started', 'packet_sent', 'packet_received', 'connection_closed'])
      assert.ok(names.has(`quic:${name}`), name)
    await server.endpoint.close()
  })

  test('a directory that cannot be written ends the log with a warning, not the session', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-qlog-'))
    const file = join(directory, 'file')
    writeFileSync(file, '')
    const former = process.env.QLOGDIR
    process.env.QLOGDIR = file
    const warned = once(process, 'warning')
    try {
      const server = await serve(echo)
      const session = await dial(server.address)
      const stream = await session.createBidirectionalStream()
      void stream.end('on')
      assert.equal((await readAll(stream)).toString(), 'on')
      await session.close()
      await server.endpoint.close()
      assert.equal(((await warned)[0] as { code?: string }).code, 'MILLRACE_QLOG')
    } finally {
      if (former === undefined) delete process.env.QLOGDIR
      else process.env.QLOGDIR = former
      rmSync(directory, { recursive: true })
    }
  })

  test('QLOGDIR has a file for each session, of the same name but for the side', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-qlog-'))
    const former = process.env.QLOGDIR
    process.env.QLOGDIR = directory
    try {
      const server = await serve(echo)
      const session = await dial(server.address)
      await session.opened
      assert.equal(session.onqlog, undefined)
      await session.close()
      await server.endpoint.close()
      await new Promise((resolve) => setImmediate(resolve))
      const files = readdirSync(directory).toSorted()
      assert.equal(files.length, 2)
      assert.equal(files[0]!.replace('_client.sqlog', ''), files[1]!.replace('_server.sqlog', ''))
      for (const file of files) {
        const { events } = parse(readFileSync(join(directory, file), 'utf8'))
        assert.ok(
          events.some(({ name }) => name === 'quic:connection_closed'),
          file,
        )
      }
    } finally {
      if (former === undefined) delete process.env.QLOGDIR
      else process.env.QLOGDIR = former
      rmSync(directory, { recursive: true })
    }
  })
})
