import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Http3Connection } from './connection.ts'
import { frame } from './wire/frame-header.ts'
import { SETTINGS } from './wire/frame-types.ts'
import { DEFAULT_SETTINGS, encodeSettings, type Http3Settings } from './wire/settings.ts'
import { CONTROL_STREAM } from './wire/stream-types.ts'

const WITH_TABLE: Http3Settings = { ...DEFAULT_SETTINGS, qpackMaxTableCapacity: 4096, qpackBlockedStreams: 10, maxFieldSectionSize: 5000 }

function client(remembered: () => Http3Settings | null): Http3Connection {
  return new Http3Connection({
    side: 'client',
    settings: DEFAULT_SETTINGS,
    grease: null,
    host: {
      settingsReceived: () => undefined,
      goawayReceived: () => undefined,
      unblocked: () => undefined,
      priorityUpdated: () => undefined,
      takesStreamType: () => false,
      takesSignal: () => false,
      remembered,
    },
  })
}

/** Sends the same section a few times, and returns what goes to the peer's table. */
function insertions(connection: Http3Connection): Uint8Array | null {
  for (let id = 0; id < 20; id += 4) connection.headers(id, [':method', 'GET', 'x-often', 'the same value each time'])
  return connection.encoder.takeInstructions()
}

test("nothing goes into the peer's QPACK table before its SETTINGS, even if they are remembered: refused 0-RTT is sent again as it was", () => {
  const connection = client(() => WITH_TABLE)
  assert.equal(connection.peerSettings.maxFieldSectionSize, 5000)
  assert.equal(insertions(connection), null)
  connection.peerStream(3).push(Buffer.concat([Uint8Array.of(CONTROL_STREAM), frame(SETTINGS, encodeSettings(WITH_TABLE, null))]))
  assert.ok(insertions(connection) !== null)
})

test('SETTINGS are known from the peer, else from the session before, else they are what holds of anyone (RFC 9114 section 7.2.4.2)', () => {
  let before: Http3Settings | null = WITH_TABLE
  const connection = client(() => before)
  assert.deepEqual([connection.knowsPeerSettings, connection.peerSettings], [true, WITH_TABLE])
  before = null
  assert.deepEqual([connection.knowsPeerSettings, connection.peerSettings], [false, DEFAULT_SETTINGS])
  connection.peerStream(3).push(Buffer.concat([Uint8Array.of(CONTROL_STREAM), frame(SETTINGS, encodeSettings(WITH_TABLE, null))]))
  assert.deepEqual([connection.knowsPeerSettings, connection.peerSettings], [true, WITH_TABLE])
})
