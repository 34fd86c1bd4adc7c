// Beginnings that most scenarios share.
import assert from 'node:assert/strict'
import type { ConnectionEvent } from '../../src/core/events.ts'
import type { Stream } from '../../src/core/streams/stream.ts'
import type { Direction } from '../../src/core/streams/stream-id.ts'
import { type End, Pair, type PairOptions } from './pair.ts'

/** Two ends that have shaken hands, and nothing more: what follows the handshake is still to come. */
export function shakenHands(options: PairOptions = {}): Pair {
  const pair = new Pair(options)
  assert.ok(
    pair.run(() => pair.client.has('handshakeConfirmed') && pair.server.has('handshakeCompleted')),
    `no handshake: ${described(pair)}`,
  )
  return pair
}

/** Two ends that have shaken hands, and have nothing in flight. */
export function connected(options: PairOptions = {}): Pair {
  const pair = shakenHands(options)
  settle(pair)
  return pair
}

/** Lets all acknowledgements come home. */
export function settle(pair: Pair): void {
  pair.run(() => [pair.client, pair.server].every((end) => end.connection.recovery.bytesInFlight === 0), 2000)
}

/** Opens a stream; fails where the limit does not allow one. */
export function open(end: Pick<End, 'connection' | 'side'>, direction: Direction = 'bidi'): Stream {
  const stream = end.connection.streams.openStream(direction)
  assert.ok(stream !== null, `the ${end.side} may open no ${direction} stream now`)
  return stream
}

/** Opens a stream that says `data`, and ends. */
export function say(end: End, data: Uint8Array, direction: Direction = 'bidi'): Stream {
  const stream = open(end, direction)
  stream.send!.write(data)
  stream.send!.finish()
  return stream
}

/** The client uploads so many bytes on a stream of their own. Whether they arrived in `limitMillis`. */
export function upload(pair: Pair, bytes: number, limitMillis = 60_000): boolean {
  say(pair.client, Buffer.alloc(bytes), 'uni')
  let received = 0
  pair.onevent = (end, event) => {
    if (event.type === 'streamReadable') received += read(end, event.stream).length
  }
  return pair.run(() => received === bytes, limitMillis)
}

/** All that can be read of a stream now. */
export function read(end: End, stream: Stream): Buffer {
  const chunks: Buffer[] = []
  for (let chunk = end.connection.streams.read(stream); chunk !== null; chunk = end.connection.streams.read(stream)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The other end's half of a stream. */
export function at(end: End, stream: Stream): Stream {
  const found = end.connection.streams.find(stream.id)
  assert.ok(found !== undefined, `the ${end.side} has no stream ${stream.id}`)
  return found
}

/** Why an end said that the connection is over; null while it goes on. */
export function closeOf(end: End): Extract<ConnectionEvent, { type: 'closed' }>['reason'] | null {
  return end.events.find((event) => event.type === 'closed')?.reason ?? null
}

export function described(pair: Pair): string {
  return JSON.stringify({ now: pair.now, client: types(pair.client), server: types(pair.server) })
}

function types(end: End): string[] {
  return end.events.map((event) => (event.type === 'closed' ? `closed ${JSON.stringify(event.reason, plain)}` : event.type))
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value
}
