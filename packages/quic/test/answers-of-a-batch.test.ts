// Who answers at once and who answers by a promise, when one turn of the event loop brings both a message: neither gets a datagram more than
// its answer takes, acknowledgement included. RFC 9000 section 13.2.1 wants acknowledgements beside what is sent anyway.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QuicStream } from '../src/index.ts'
import { dial, serve } from './support/server.ts'

const ROUNDS = 50
/** Of more than one packet: the second has to be acknowledged at once. RFC 9000 section 13.2.2. */
const QUESTION = Buffer.alloc(2000, '?')

test('a batch for a session that answers at once and one that answers later costs a datagram each', async () => {
  const streams: QuicStream[] = []
  const served: QuicStream[] = []
  const server = await serve((stream) => {
    const later = served.push(stream) % 2 === 0
    let asked = 0
    stream.onreadable = () => {
      asked += readBytes(stream)
      if (asked < QUESTION.length) return
      asked = 0
      if (later) void Promise.resolve().then(() => stream.writeSync('!'))
      else stream.writeSync('!')
    }
  })
  for (let i = 0; i < 2; i++) {
    const session = await dial(server.address)
    await session.opened
    streams.push(await session.createBidirectionalStream())
  }
  const round = () => Promise.all(streams.map(ask))
  for (let i = 0; i < ROUNDS; i++) await round()
  const before = server.endpoint.stats.datagramsSent
  for (let i = 0; i < ROUNDS; i++) await round()
  const sent = server.endpoint.stats.datagramsSent - before
  for (const stream of [...streams, ...served]) stream.onreadable = undefined
  // An acknowledgement of its own for either would make three of a round.
  assert.ok(sent < 2.5 * ROUNDS, `${sent} datagrams for ${2 * ROUNDS} answers`)
})

function ask(stream: QuicStream): Promise<void> {
  const answered = Promise.withResolvers<void>()
  stream.onreadable = () => {
    if (readBytes(stream) > 0) answered.resolve()
  }
  stream.writeSync(QUESTION)
  return answered.promise
}

/** How many there were: all are read, since the stream tells again only then. */
function readBytes(stream: QuicStream): number {
  let bytes = 0
  for (let chunk = stream.readSync(); chunk; chunk = stream.readSync()) bytes += chunk.length
  return bytes
}
