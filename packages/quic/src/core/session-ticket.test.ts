import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NEVER_REDUCED } from './early-data.ts'
import { encodeRemembered, grantsAtLeast } from './session-ticket.ts'
import { decodeTransportParameters, TRANSPORT_PARAMETERS, type TransportParameters } from './wire/transport-parameters.ts'

const PARAMETERS: TransportParameters = {
  ...decodeTransportParameters(new Uint8Array(0), 'server'),
  activeConnectionIdLimit: 4,
  initialMaxData: 10_000,
  initialMaxStreamDataBidiLocal: 1000,
  initialMaxStreamDataBidiRemote: 2000,
  initialMaxStreamDataUni: 3000,
  initialMaxStreamsBidi: 10,
  initialMaxStreamsUni: 20,
  maxDatagramFrameSize: 1200,
}

test('the limits that are never reduced are those of RFC 9000 section 7.4.1 and RFC 9221 section 3', () => {
  assert.deepEqual(NEVER_REDUCED, [
    'activeConnectionIdLimit',
    'initialMaxData',
    'initialMaxStreamDataBidiLocal',
    'initialMaxStreamDataBidiRemote',
    'initialMaxStreamDataUni',
    'initialMaxStreamsBidi',
    'initialMaxStreamsUni',
    'maxDatagramFrameSize',
  ])
})

test('a server that promised more than it grants now refuses early data, whichever limit it is (RFC 9000 section 7.4.1)', () => {
  const promised = encodeRemembered(PARAMETERS)
  assert.ok(grantsAtLeast(PARAMETERS, promised))
  for (const name of NEVER_REDUCED) {
    assert.ok(grantsAtLeast({ ...PARAMETERS, [name]: PARAMETERS[name] + 1 }, promised), name)
    assert.ok(!grantsAtLeast({ ...PARAMETERS, [name]: PARAMETERS[name] - 1 }, promised), name)
    assert.ok(TRANSPORT_PARAMETERS[name].remembered)
  }
})

test('a server that took RESET_STREAM_AT and does not now refuses early data; one that has learned it does not (draft-ietf-quic-reliable-stream-reset section 3)', () => {
  const [taken, never] = [true, false].map((resetStreamAt) => ({ ...PARAMETERS, resetStreamAt }))
  assert.ok(!grantsAtLeast(never!, encodeRemembered(taken!)))
  assert.ok(grantsAtLeast(taken!, encodeRemembered(never!)))
  assert.ok(grantsAtLeast(taken!, encodeRemembered(taken!)))
})

test('what may not be remembered makes no difference', () => {
  const promised = encodeRemembered(PARAMETERS)
  assert.ok(grantsAtLeast({ ...PARAMETERS, ackDelayExponent: 5, maxAckDelay: 99 }, promised))
})
