import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader, varintSize, Writer } from '@millrace/bytes'
import fc from 'fast-check'
import { TRANSPORT_ERRORS, TransportViolation } from '../errors.ts'
import {
  decodeTransportParameters,
  encodeTransportParameters,
  findTransportParameter,
  reservedParameter,
  type Side,
  TRANSPORT_PARAMETERS,
  type TransportParameters,
} from './transport-parameters.ts'

const bytes = (length: number, first = 1): Uint8Array => Uint8Array.from({ length }, (_, i) => first + i)

/** A value for every parameter that is not its default. */
const EVERY: Required<TransportParameters> = {
  originalDestinationConnectionId: bytes(8),
  maxIdleTimeout: 30_000,
  statelessResetToken: bytes(16),
  maxUdpPayloadSize: 1472,
  initialMaxData: 2 ** 40,
  initialMaxStreamDataBidiLocal: 1,
  initialMaxStreamDataBidiRemote: 65_536,
  initialMaxStreamDataUni: 63,
  initialMaxStreamsBidi: 100,
  initialMaxStreamsUni: 3,
  ackDelayExponent: 20,
  maxAckDelay: 16_383,
  disableActiveMigration: true,
  preferredAddress: {
    ipv4: { address: Uint8Array.of(192, 0, 2, 1), port: 443 },
    ipv6: { address: bytes(16, 32), port: 4433 },
    connectionId: bytes(5),
    statelessResetToken: bytes(16, 64),
  },
  activeConnectionIdLimit: 8,
  initialSourceConnectionId: bytes(20),
  retrySourceConnectionId: bytes(0),
  versionInformation: { chosen: 1, available: [1, 0x6b33_43cf, 0x1a2a_3a4a] },
  maxDatagramFrameSize: 65_535,
  resetStreamAt: true,
  greaseQuicBit: true,
  minAckDelay: 1000,
}

const DEFAULTS: TransportParameters = {
  maxIdleTimeout: 0,
  maxUdpPayloadSize: 65_527,
  initialMaxData: 0,
  initialMaxStreamDataBidiLocal: 0,
  initialMaxStreamDataBidiRemote: 0,
  initialMaxStreamDataUni: 0,
  initialMaxStreamsBidi: 0,
  initialMaxStreamsUni: 0,
  ackDelayExponent: 3,
  maxAckDelay: 25,
  disableActiveMigration: false,
  activeConnectionIdLimit: 2,
  maxDatagramFrameSize: 0,
  resetStreamAt: false,
  greaseQuicBit: false,
}

const KEYS = Object.keys(TRANSPORT_PARAMETERS) as (keyof TransportParameters)[]

/** One parameter as it stands on the wire. */
function raw(id: number | bigint, value: Uint8Array | string): Uint8Array {
  const content = typeof value === 'string' ? Buffer.from(value, 'hex') : value
  const writer = new Writer(new Uint8Array(varintSize(id) + varintSize(content.length) + content.length))
  writer.varint(id)
  writer.varint(content.length)
  writer.bytes(content)
  return writer.target
}

function refused(encoded: Uint8Array, sender: Side = 'server'): TransportViolation {
  try {
    decodeTransportParameters(encoded, sender)
  } catch (error) {
    assert.ok(error instanceof TransportViolation, `${error}`)
    assert.equal(error.code, TRANSPORT_ERRORS.TRANSPORT_PARAMETER_ERROR)
    return error
  }
  assert.fail('the parameters were accepted')
}

test('the table has the ids of RFC 9000 section 18.2, in order, then those of RFC 9368, reliable resets, RFC 9221, RFC 9287 and ACK frequency', () => {
  assert.deepEqual(
    Object.values(TRANSPORT_PARAMETERS).map((row) => row.id),
    [...Array.from({ length: 17 }, (_, id) => id), 0x11, 0x1d, 0x20, 0x2ab2, 0xff04de1b],
  )
})

test('names in code are the names of the RFC', () => {
  for (const key of KEYS)
    assert.equal(
      TRANSPORT_PARAMETERS[key].name,
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    )
})

test('what RFC 9000 section 7.4.1 and RFC 9287 section 3.1 forbid to remember is not remembered', () => {
  const fresh = KEYS.filter((key) => !TRANSPORT_PARAMETERS[key].remembered).map((key) => TRANSPORT_PARAMETERS[key].name)
  assert.deepEqual(fresh.toSorted(), [
    'ack_delay_exponent',
    'grease_quic_bit',
    'initial_source_connection_id',
    'max_ack_delay',
    'min_ack_delay',
    'original_destination_connection_id',
    'preferred_address',
    'retry_source_connection_id',
    'stateless_reset_token',
    'version_information',
  ])
})

test('nothing sent means the defaults of the RFC', () => {
  assert.deepEqual(decodeTransportParameters(new Uint8Array(0), 'client'), DEFAULTS)
  assert.equal(encodeTransportParameters(DEFAULTS, 'client').length, 0)
})

test('every parameter comes back as a server sent it', () => {
  assert.deepEqual(decodeTransportParameters(encodeTransportParameters(EVERY, 'server'), 'server'), EVERY)
})

for (const key of KEYS) {
  const row = TRANSPORT_PARAMETERS[key]
  const one = { [key]: EVERY[key] } as Partial<TransportParameters>

  test(`${row.name} comes back alone, and is an error cut short, twice, or with a byte too many`, () => {
    const encoded = encodeTransportParameters(one, 'server')
    assert.equal(new Reader(encoded).varint(), row.id)
    assert.deepEqual(decodeTransportParameters(encoded, 'server'), { ...DEFAULTS, ...one })
    for (let length = 1; length < encoded.length; length++) refused(encoded.subarray(0, length))
    assert.match(refused(Buffer.concat([encoded, encoded])).reason, /twice/)
    if (!key.endsWith('ConnectionId')) refused(raw(row.id, Uint8Array.of(...encoded.subarray(varintSize(row.id) + 1), 0)))
  })

  test(`${row.name} is ${row.sender === 'server' ? 'refused from' : 'accepted from'} a client`, () => {
    if (row.sender === 'server') {
      assert.match(refused(encodeTransportParameters(one, 'server'), 'client').reason, /from a client/)
      assert.throws(() => encodeTransportParameters(one, 'client'), RangeError)
    } else assert.deepEqual(decodeTransportParameters(encodeTransportParameters(one, 'client'), 'client'), { ...DEFAULTS, ...one })
  })
}

test('min_ack_delay is not greater than max_ack_delay (draft-ietf-quic-ack-frequency section 3)', () => {
  const parameters = (maxAckDelay: number, minAckDelay: number): Uint8Array =>
    encodeTransportParameters({ maxAckDelay, minAckDelay }, 'client')
  assert.equal(decodeTransportParameters(parameters(3, 3000), 'client').minAckDelay, 3000)
  assert.match(refused(parameters(3, 3001), 'client').reason, /^min_ack_delay is greater/)
})

test('only what a server alone knows is for servers alone', () => {
  const serverOnly = KEYS.filter((key) => TRANSPORT_PARAMETERS[key].sender === 'server')
  assert.deepEqual(serverOnly, ['originalDestinationConnectionId', 'statelessResetToken', 'preferredAddress', 'retrySourceConnectionId'])
})

const EIGHT_BYTES = (value: bigint): string => (value | (3n << 62n)).toString(16)

/** The parameter, a value that is just permitted, and one that is just not. */
const RANGES: readonly [key: keyof TransportParameters, good: string, bad: string][] = [
  ['maxUdpPayloadSize', '44b0', '44af'],
  ['ackDelayExponent', '14', '15'],
  ['maxAckDelay', '7fff', '80004000'],
  ['activeConnectionIdLimit', '02', '01'],
  ['initialMaxStreamsBidi', EIGHT_BYTES(2n ** 60n), EIGHT_BYTES(2n ** 60n + 1n)],
  ['initialMaxStreamsUni', EIGHT_BYTES(2n ** 60n), EIGHT_BYTES(2n ** 60n + 1n)],
  ['statelessResetToken', '00'.repeat(16), '00'.repeat(15)],
  ['initialSourceConnectionId', '00'.repeat(20), '00'.repeat(21)],
  ['retrySourceConnectionId', '00'.repeat(20), '00'.repeat(21)],
  ['originalDestinationConnectionId', '', '00'.repeat(21)],
  ['disableActiveMigration', '', '00'],
  ['greaseQuicBit', '', '00'],
  ['resetStreamAt', '', '00'],
  ['minAckDelay', '800061a8', '810000' + '00'],
  ['versionInformation', '00000001', ''],
  ['versionInformation', '000000010a0a0a0a', '00000001000000'],
  ['versionInformation', '6b3343cf00000001', '6b3343cf00000000'],
  ['versionInformation', '6b3343cf', '00000000'],
  ['preferredAddress', `${'01'.repeat(24)}01ff${'02'.repeat(16)}`, `${'01'.repeat(24)}00${'02'.repeat(16)}`],
  [
    'preferredAddress',
    `${'01'.repeat(24)}14${'ff'.repeat(20)}${'02'.repeat(16)}`,
    `${'01'.repeat(24)}15${'ff'.repeat(21)}${'02'.repeat(16)}`,
  ],
]

for (const [key, good, bad] of RANGES) {
  const { id, name } = TRANSPORT_PARAMETERS[key]
  test(`${name} may be ${good || 'empty'} and not ${bad}`, () => {
    assert.notEqual(decodeTransportParameters(raw(id, good), 'server')[key], undefined)
    assert.match(refused(raw(id, bad)).reason, new RegExp(`^${name} `))
  })
}

test('limits saturate, since peers do send 2^62 - 1', () => {
  const encoded = raw(TRANSPORT_PARAMETERS.initialMaxData.id, 'ff'.repeat(8))
  assert.equal(decodeTransportParameters(encoded, 'client').initialMaxData, Number.MAX_SAFE_INTEGER)
})

test('parameters that nobody knows are passed over, but not twice', () => {
  const reserved = raw(31n * 10n ** 16n + 27n, 'c0ffee')
  assert.deepEqual(decodeTransportParameters(reserved, 'client'), DEFAULTS)
  // These two differ beyond what a number can tell.
  const wide = Buffer.concat([raw((1n << 62n) - 1n, ''), raw((1n << 62n) - 2n, '')])
  assert.deepEqual(decodeTransportParameters(wide, 'client'), DEFAULTS)
  assert.match(refused(Buffer.concat([reserved, reserved])).reason, /twice/)
})

test('one parameter is found among all others, and past those that nobody knows', () => {
  const encoded = Buffer.concat([raw((1n << 62n) - 1n, 'c0ffee'), encodeTransportParameters(EVERY, 'server')])
  for (const key of Object.keys(EVERY) as (keyof TransportParameters)[])
    assert.deepEqual(findTransportParameter(encoded, key, 'server'), EVERY[key])
  assert.equal(
    findTransportParameter(encodeTransportParameters({ maxIdleTimeout: 5 }, 'client'), 'versionInformation', 'client'),
    undefined,
  )
})

test('one that is malformed, not for its sender, or not to be reached is a TRANSPORT_PARAMETER_ERROR', () => {
  const { id } = TRANSPORT_PARAMETERS.versionInformation
  const find = (encoded: Uint8Array, key: keyof TransportParameters) => () => findTransportParameter(encoded, key, 'client')
  const isRefusal = (error: unknown): boolean =>
    error instanceof TransportViolation && error.code === TRANSPORT_ERRORS.TRANSPORT_PARAMETER_ERROR
  assert.throws(find(raw(id, '000000'), 'versionInformation'), isRefusal)
  assert.throws(find(encodeTransportParameters(EVERY, 'server'), 'statelessResetToken'), isRefusal)
  assert.throws(find(Buffer.from('0140', 'hex'), 'versionInformation'), isRefusal)
})

test('a client lists the version that it chose among those available, a server need not (RFC 9368 section 4)', () => {
  const encoded = encodeTransportParameters({ versionInformation: { chosen: 1, available: [2] } }, 'server')
  assert.match(refused(encoded, 'client').reason, /does not list/)
  assert.deepEqual(decodeTransportParameters(encoded, 'server').versionInformation, { chosen: 1, available: [2] })
})

test('a reserved parameter goes with the others, has an id of the form 31 N + 27, and means nothing (RFC 9000 section 18.1)', () => {
  for (const random of [bytes(2, 0), bytes(2, 255), bytes(18, 7)]) {
    const reserved = reservedParameter(random)
    assert.equal((reserved.id - 27) % 31, 0)
    const encoded = encodeTransportParameters({ maxIdleTimeout: 5 }, 'client', { reserved })
    assert.ok(Buffer.from(encoded).includes(reserved.value))
    assert.deepEqual(decodeTransportParameters(encoded, 'client'), { ...DEFAULTS, maxIdleTimeout: 5 })
  }
})

test('an id in a longer encoding is the same id', () => {
  const twice = Buffer.concat([raw(0x01, '05'), Buffer.from('40010105', 'hex')])
  assert.match(refused(twice).reason, /twice/)
})

test('a server without connection ids has no preferred address', () => {
  const encoded = encodeTransportParameters({ preferredAddress: EVERY.preferredAddress, initialSourceConnectionId: bytes(0) }, 'server')
  assert.match(refused(encoded).reason, /preferred_address/)
})

test('a preferred address may be of one family', () => {
  for (const family of ['ipv4', 'ipv6'] as const) {
    const preferredAddress = { ...EVERY.preferredAddress, [family]: null }
    const decoded = decodeTransportParameters(encodeTransportParameters({ preferredAddress }, 'server'), 'server')
    assert.deepEqual(decoded.preferredAddress, preferredAddress)
  }
})

test('zeros are no address only with their port: that of a wildcard with a port is kept', () => {
  const wildcard = { address: new Uint8Array(4), port: 443 }
  const preferredAddress = { ...EVERY.preferredAddress, ipv4: wildcard }
  const decoded = decodeTransportParameters(encodeTransportParameters({ preferredAddress }, 'server'), 'server')
  assert.deepEqual(decoded.preferredAddress?.ipv4, wildcard)
})

/** What a caller must not ask for. */
const IMPOSSIBLE: readonly Partial<TransportParameters>[] = [
  { maxUdpPayloadSize: 1199 },
  { activeConnectionIdLimit: 1 },
  { maxAckDelay: 16_384 },
  { maxIdleTimeout: 1.5 },
  { maxIdleTimeout: -1 },
  { initialMaxData: Number.NaN },
  { initialSourceConnectionId: bytes(21) },
  { statelessResetToken: bytes(15) },
  { preferredAddress: { ...EVERY.preferredAddress, ipv4: { address: bytes(16), port: 1 } } },
]

for (const parameters of IMPOSSIBLE) {
  test(`${JSON.stringify(parameters)} is the caller's mistake`, () => {
    assert.throws(() => encodeTransportParameters(parameters, 'server'), RangeError)
  })
}

test('whatever the bytes, only a TRANSPORT_PARAMETER_ERROR is thrown', () => {
  const known = fc.tuple(fc.integer({ min: 0, max: 0x12 }), fc.uint8Array({ maxLength: 60 })).map(([id, value]) => raw(id, value))
  const input = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.array(known, { maxLength: 5 }).map((parameters) => Buffer.concat(parameters)),
  )
  fc.assert(
    fc.property(input, fc.constantFrom<Side>('client', 'server'), (encoded, sender) => {
      try {
        const decoded = decodeTransportParameters(encoded, sender)
        assert.deepEqual(decodeTransportParameters(encodeTransportParameters(decoded, sender), sender), decoded)
      } catch (error) {
        assert.ok(error instanceof TransportViolation && error.code === TRANSPORT_ERRORS.TRANSPORT_PARAMETER_ERROR, `${error}`)
      }
    }),
    { numRuns: 3000 },
  )
})
