// Makes the committed corpus anew out of real frames, packets, parameters and Y3 packets: `node -C source fuzz/make-corpus.ts`.
import { Writer } from '@millrace/bytes'
import { encodeArray, encodeNode, encodePrimitive } from '@millrace/y3'
import { encodeCapsule } from '../packages/http3/src/core/capsules/capsule.ts'
import type { FieldSection } from '../packages/http3/src/core/fields/field-section.ts'
import { QpackEncoder } from '../packages/http3/src/core/qpack/encoder.ts'
import { encodeFlowCapsule, FLOW_CAPSULES } from '../packages/http3/src/core/webtransport/flow-capsules.ts'
import { CLOSE_SESSION_CAPSULE, encodeClose } from '../packages/http3/src/core/webtransport/wire.ts'
import { DEFAULT_SETTINGS, encodeSettings } from '../packages/http3/src/core/wire/settings.ts'
import { LEVELS } from '../packages/quic/src/core/crypto/level.ts'
import { encodeSessionTicket } from '../packages/quic/src/core/session-ticket.ts'
import { encodeFrame, FRAMES, type Frame, frameSize } from '../packages/quic/src/core/wire/frames/index.ts'
import { patchLength, writeLongHeader, writeShortHeader } from '../packages/quic/src/core/wire/packet-header.ts'
import { writeRetry } from '../packages/quic/src/core/wire/retry.ts'
import { decodeTransportParameters, encodeTransportParameters } from '../packages/quic/src/core/wire/transport-parameters.ts'
import { VERSION_1, VERSION_2 } from '../packages/quic/src/core/wire/version.ts'
import { writeVersionNegotiation } from '../packages/quic/src/core/wire/version-negotiation.ts'
import { AddressTokens } from '../packages/quic/src/endpoint/address-tokens.ts'
import { SAMPLES } from '../packages/quic/test/support/frame-samples.ts'
import { writeCorpus } from './corpus.ts'
import { FUZZ_TOKENS, STRANGER } from './targets/endpoint.ts'

const id = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte)
const framesOf = Object.values(SAMPLES).flat() as Frame[]

function written(size: number, write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(new Uint8Array(size))
  write(writer)
  return writer.target.slice(0, writer.offset)
}

const encoded = (frame: Frame): Uint8Array => written(frameSize(frame), (writer) => encodeFrame(frame, writer))
const joined = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))
const named = (name: string, inputs: readonly Uint8Array[]): { name: string; bytes: Uint8Array }[] =>
  inputs.map((bytes, index) => ({ name: `${name}-${index}`, bytes }))

/** Without the dynamic table. */
const headersFrame = (fields: FieldSection): Uint8Array => {
  const section = new QpackEncoder().encode(0, fields)
  return joined([1, section.length], section)
}

function packet(type: 'initial' | 'handshake' | '0rtt', version: number): Uint8Array {
  let lengthAt = 0
  const bytes = written(120, (writer) => {
    lengthAt = writeLongHeader(writer, { type, version, dcid: id(8, 1), scid: id(8, 2), token: id(5, 3) }, 7, 2)
    writer.zeros(40)
  })
  patchLength(bytes, lengthAt, bytes.length - lengthAt - 2)
  return bytes
}

const short = written(60, (writer) => {
  writeShortHeader(writer, id(8, 1), 300, 2, false, true)
  writer.zeros(40)
})
const negotiation = written(60, (writer) => writeVersionNegotiation(writer, id(8, 2), id(8, 1), 0, [VERSION_1, VERSION_2]))
const packets = [packet('initial', VERSION_1), packet('handshake', VERSION_1), packet('0rtt', VERSION_1), packet('initial', VERSION_2)]

writeCorpus(
  'frames',
  framesOf.flatMap((frame, index) => {
    const level = LEVELS.findIndex((each) => FRAMES[frame.type].levels.includes(each))
    return [{ name: `${frame.type}-${index}`, bytes: joined([level], encoded(frame)) }]
  }),
)
writeCorpus(
  'ack',
  named(
    'ack',
    SAMPLES.ack.map((frame) => joined([frame.ecn === null ? 0 : 1], encoded(frame).subarray(1))),
  ),
)
const retry = written(80, (writer) => {
  writeRetry(writer, { version: VERSION_1, dcid: id(8, 1), scid: id(8, 2), token: id(20, 4) }, 0)
  writer.bytes(id(16, 0))
})
writeCorpus('headers', named('packet', [...packets, short, negotiation, joined(...packets, short), retry]))
writeCorpus(
  'stream-headers',
  named(
    'head',
    SAMPLES.stream.map((frame) => encoded(frame)),
  ),
)
writeCorpus(
  'packet-numbers',
  named('number', [id(13, 0), id(13, 0xff), joined(id(8, 0x0a), [3], id(4, 0x9b)), joined([0, 0, 0, 0, 0, 0x10, 0, 0, 0], id(4, 1))]),
)

// The endpoint's side: a token that is good for as long as the corpus lasts, and Initial packets with it and without.
const addressTokens = new AddressTokens(FUZZ_TOKENS)
const token = addressTokens.forNextConnection(VERSION_1, STRANGER, Date.now())
const ofRetry = addressTokens.forRetry(VERSION_1, id(8, 3), id(8, 1), STRANGER, Date.now())
const initial = (dcid: Uint8Array, shown: Uint8Array, version: number): Uint8Array => {
  const bytes = new Uint8Array(1200)
  const writer = new Writer(bytes)
  const lengthAt = writeLongHeader(writer, { type: 'initial', version, dcid, scid: id(8, 2), token: shown }, 7, 2)
  patchLength(bytes, lengthAt, bytes.length - lengthAt - 2)
  return bytes
}
writeCorpus('address-tokens', named('token', [token, ofRetry]))
writeCorpus(
  'first-packets',
  named(
    'datagram',
    [0, 1, 5].flatMap((policy) => [
      joined([policy], initial(id(8, 1), id(0, 0), VERSION_1)),
      joined([policy], initial(id(8, 1), token, VERSION_1)),
      joined([policy], initial(id(8, 1), ofRetry, VERSION_1)),
      joined([policy], initial(id(8, 1), id(0, 0), 0x0a0a0a0a)),
      joined([policy | 0x80], short),
    ]),
  ),
)

const limits = {
  initialMaxData: 1 << 20,
  initialMaxStreamDataUni: 1000,
  initialMaxStreamsBidi: 100,
  maxIdleTimeout: 30_000,
  activeConnectionIdLimit: 4,
}
const client = encodeTransportParameters(
  { ...limits, initialSourceConnectionId: id(8, 1), disableActiveMigration: true, resetStreamAt: true },
  'client',
)
const server = encodeTransportParameters(
  {
    ...limits,
    originalDestinationConnectionId: id(8, 3),
    initialSourceConnectionId: id(8, 2),
    statelessResetToken: id(16, 9),
    retrySourceConnectionId: id(4, 4),
  },
  'server',
)
writeCorpus('transport-parameters', named('parameters', [joined([0], client), joined([1], server)]))
const remembered = { ...decodeTransportParameters(new Uint8Array(0), 'server'), ...limits }
writeCorpus(
  'session-tickets',
  named('ticket', [
    encodeSessionTicket({ version: VERSION_1, alpn: 'h3', parameters: remembered, ticket: id(40, 6) }),
    encodeSessionTicket({ version: VERSION_1, alpn: 'h3', parameters: remembered, terms: id(9, 5), ticket: id(40, 6) }),
    encodeSessionTicket({ version: VERSION_2, alpn: '', parameters: remembered, ticket: id(0, 6) }),
  ]),
)

const step = (what: number, hex: string): Uint8Array => joined([what, hex.length / 2], Buffer.from(hex, 'hex'))
const insertions = step(0x40, '3fbd01c00f7777772e6578616d706c652e636f6dc10c2f73616d706c652f70617468')
writeCorpus(
  'qpack-decoder',
  named('program', [
    step(0, '0000510b2f696e6465782e68746d6c'),
    joined(insertions, step(1, '03811011')),
    joined(step(1, '03811011'), insertions, step(0x40, '4a637573746f6d2d6b65790c637573746f6d2d76616c7565'), step(0x21, '')),
    joined(insertions, step(0x40, '0281'), step(2, '050080c181'), step(0x40, '810d637573746f6d2d76616c756532')),
    step(3, '00002784f1e3c2e500'),
  ]),
)
writeCorpus(
  'qpack-encoder',
  named('program', [joined(step(0, '0011223a'), step(0x40, '80'), step(1, '0011223a'), step(0x40, '0141'), step(2, 'ff'))]),
)
writeCorpus('qpack-encoder', [{ name: 'program-1', bytes: joined(step(0, '00'.repeat(9)), step(0, '0109'), step(0x40, '02')) }])

const closing = encodeCapsule(CLOSE_SESSION_CAPSULE, encodeClose({ closeCode: 7, reason: 'grüße' }))
writeCorpus(
  'capsules',
  named('capsules', [
    joined([3], closing),
    joined([0], encodeCapsule(0x78ae, id(0, 0)), encodeCapsule(0x190b4d3f, id(4, 9)), closing),
    joined([200], encodeCapsule(0x3fff_ffff, id(300, 1)), encodeCapsule(0, id(5, 0))),
    joined([2], ...FLOW_CAPSULES.map(({ says, of }, index) => encodeFlowCapsule({ says, of, limit: 70_000 + index }))),
  ]),
)
const fieldTexts = ['"a \\"b\\"";q=1.5', 'tok/en, (1 2 "x");a;b=?0, :aGk=:', 'u=1, i, date=@1659578233, d=%"f%c3%bc"', '-12.345']
writeCorpus(
  'structured-fields',
  named(
    'field',
    fieldTexts.flatMap((text) => [0, 1, 2].map((kind) => joined([kind], Buffer.from(text, 'latin1')))),
  ),
)

// HTTP/3: SETTINGS, and programs of streams that a connection reads.
const http3 = { ...DEFAULT_SETTINGS, maxFieldSectionSize: 65_536, qpackMaxTableCapacity: 4096, qpackBlockedStreams: 16, h3Datagram: true }
const settings = encodeSettings(http3, 0x21)
writeCorpus('http3-settings', named('settings', [settings, encodeSettings({ ...http3, enableConnectProtocol: true }, null)]))
const request = headersFrame([
  ':method',
  'GET',
  ':scheme',
  'https',
  ':authority',
  'a.example',
  ':path',
  '/',
  'cookie',
  'a=1',
  'cookie',
  'b=2',
])
const post = headersFrame([':method', 'POST', ':scheme', 'https', ':authority', 'a.example', ':path', '/', 'content-length', '3'])
const tunnel = headersFrame([':method', 'CONNECT', ':scheme', 'https', ':authority', 'a', ':path', '/', ':protocol', 'websocket'])
const response = headersFrame([':status', '200', 'content-length', '3'])
const interim = headersFrame([':status', '103', 'link', '</a>'])
const content = joined([0, 2], id(2, 7), [0, 1], id(1, 7))
const trailers = headersFrame(['x-sum', '1'])
const said = (what: number, bytes: Uint8Array): Uint8Array => joined([what, bytes.length], bytes)
const control = said(0x80, joined([0, 4, settings.length], settings, [0x0d, 1, 5, 7, 1, 4], [0x80, 0x0f, 0x07, 0, 4, 0, 0x75, 0x3d, 0x31]))
const answers = said(0x80, joined([0, 4, settings.length], settings, [7, 1, 8, 7, 1, 4]))
const blocked = said(4, joined([1, 4], [3, 0x81, 0x10, 0x11]))
const inserted = said(0x81, Buffer.from('023fbd01c00f7777772e6578616d706c652e636f6dc10c2f73616d706c652f70617468', 'hex'))
writeCorpus(
  'http3-connection',
  named('program', [
    joined([0], control, said(0x40, request), said(0x44, joined(post, content, trailers))),
    joined([0], said(0, post), said(0, content), said(0x40, trailers), said(0x82, Uint8Array.of(3, 0x80)), said(0xc3, Uint8Array.of(0x21))),
    joined([0], said(0, joined([0x21, 3], id(3, 0), tunnel)), said(0x40, content), said(1, Uint8Array.of(0x40, 0x41, 4, 9)), control),
    joined([0], blocked, inserted, said(5, Uint8Array.of(0, 0)), said(0x84, Uint8Array.of(0x40, 0x54, 4))),
    joined([1], answers, said(0, joined(interim, response)), said(0x40, content), said(0x41, response), said(2, joined(response, content))),
    joined([1], said(3, joined(response, content, trailers)), said(0x43, id(0, 0)), said(0x81, Uint8Array.of(1, 0))),
  ]),
)

const primitive = encodePrimitive(0x01, 'millrace', 'string')
const node = encodeNode(0x10, [primitive, encodePrimitive(0x02, 7, 'uint32')])
const tree = encodeNode(0x3f, [node, encodeArray(0x03, [primitive, primitive])])
writeCorpus('y3', named('packet', [primitive, node, tree]))
for (const target of ['y3-packets', 'y3-observer'])
  writeCorpus(
    target,
    named(
      'stream',
      [0, 3, 200].map((chunk) => joined([chunk, 0], primitive, node, tree)),
    ),
  )
writeCorpus(
  'millrace-frames',
  named(
    'stream',
    [0x01, 0x11, 0x13].map((type, place) => joined([9, place], [type, 3, 1, 2, 3], [type, 0x40, 8], id(8, 5))),
  ),
)

// Programs for the core: a packet with each frame at its level, on an established connection, with time and calls around.
const operation = (code: number, argument: number, body: Uint8Array): Uint8Array => {
  const padded = joined(body, id((4 - (body.length % 4)) % 4, 0))
  return joined([(code << 4) | argument, padded.length / 4], padded)
}
const calls = Uint8Array.of(0x50, 0x53, 0x61, 0x71, 0x46, 0x81, 0x91, 0xa0, 0xb1, 0x4a)
const programs = framesOf.flatMap((frame) => {
  const body = encoded(frame)
  if (body.length > 600) return []
  return [2, 3].map((first) => joined([first], calls.subarray(0, 3), operation(0, 2, body), calls, operation(0, 14, body)))
})
const crypto = encoded({ type: 'crypto', offset: 0, data: id(1, 0) })
/** 0-RTT of either side, accepted and refused, before and after the handshake; with the log. */
const streamFrame = encoded({ type: 'stream', stream: 0, offset: 0, fin: false, data: id(5, 3) })
const early = [0x20, 0x40, 0xa0].flatMap((mode) => [
  joined([mode], [0x52, 0x50, 0xd3], operation(0, 0, crypto), [0x62, 0x45], operation(0, 1, crypto), calls, [0xe0]),
  joined(
    [mode | 1],
    operation(0, 3, streamFrame),
    operation(0, 0, crypto),
    operation(0, 3, streamFrame),
    operation(0, 1, crypto),
    calls,
    [0x4c],
  ),
])
const stateless = (bytes: Uint8Array): Uint8Array => operation(3, 0, bytes)
writeCorpus(
  'core',
  named('program', [
    joined([0], operation(0, 0, crypto), operation(0, 1, crypto)),
    joined([1], operation(0, 0, crypto), operation(0, 1, crypto), [0xc0]),
    ...programs,
    ...early,
    joined([0], stateless(retry), [0x41], operation(0, 0, crypto), operation(0, 1, crypto)),
    joined([0], stateless(negotiation), [0x41]),
  ]),
)
