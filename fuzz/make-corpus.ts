// Makes the committed corpus anew out of real frames, packets, parameters and Y3 packets: `node -C source fuzz/make-corpus.ts`.
import { Writer } from '@millrace/bytes'
import { encodeArray, encodeNode, encodePrimitive } from '@millrace/y3'
import { LEVELS } from '../packages/quic/src/core/crypto/level.ts'
import { encodeFrame, FRAMES, type Frame, frameSize } from '../packages/quic/src/core/wire/frames/index.ts'
import { patchLength, writeLongHeader, writeShortHeader } from '../packages/quic/src/core/wire/packet-header.ts'
import { encodeTransportParameters } from '../packages/quic/src/core/wire/transport-parameters.ts'
import { VERSION_1, VERSION_2 } from '../packages/quic/src/core/wire/version.ts'
import { writeVersionNegotiation } from '../packages/quic/src/core/wire/version-negotiation.ts'
import { SAMPLES } from '../packages/quic/test/support/frame-samples.ts'
import { writeCorpus } from './corpus.ts'

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
writeCorpus('headers', named('packet', [...packets, short, negotiation, joined(...packets, short)]))

const limits = {
  initialMaxData: 1 << 20,
  initialMaxStreamDataUni: 1000,
  initialMaxStreamsBidi: 100,
  maxIdleTimeout: 30_000,
  activeConnectionIdLimit: 4,
}
const client = encodeTransportParameters({ ...limits, initialSourceConnectionId: id(8, 1), disableActiveMigration: true }, 'client')
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
writeCorpus(
  'core',
  named('program', [
    joined([0], operation(0, 0, crypto), operation(0, 1, crypto)),
    joined([1], operation(0, 0, crypto), operation(0, 1, crypto), [0xc0]),
    ...programs,
  ]),
)
