// The decoders of QUIC's wire image: bytes in, values or a TransportViolation out. RFC 9000 sections 16 to 19.
import { Reader, Writer } from '@millrace/bytes'
import { LEVELS } from '../../packages/quic/src/core/crypto/level.ts'
import { TransportViolation } from '../../packages/quic/src/core/errors.ts'
import { ACK_ECN_TYPE, ACK_TYPE, AckRanges, decodeAck } from '../../packages/quic/src/core/wire/ack.ts'
import { decodeFrame, encodeFrame, frameSize } from '../../packages/quic/src/core/wire/frames/index.ts'
import { PacketHeader, parseHeader } from '../../packages/quic/src/core/wire/packet-header.ts'
import { decodePacketNumber } from '../../packages/quic/src/core/wire/packet-number.ts'
import {
  decodeStreamHeader,
  STREAM_TYPE,
  StreamHeader,
  streamHeaderSize,
  writeStreamHeader,
} from '../../packages/quic/src/core/wire/stream-header.ts'
import { decodeTransportParameters } from '../../packages/quic/src/core/wire/transport-parameters.ts'
import { parseVersionNegotiation } from '../../packages/quic/src/core/wire/version-negotiation.ts'
import type { Target } from '../target.ts'

const isViolation = (error: unknown): boolean => error instanceof TransportViolation
const never = (): boolean => false

/** The first byte is the level; the rest are frames. What was read is written, and is then as long as it was foretold to be. */
const frames: Target = {
  name: 'frames',
  declared: isViolation,
  run(input) {
    const level = LEVELS[(input[0] ?? 0) % LEVELS.length]!
    const reader = new Reader(input, Math.min(1, input.length), input.length)
    const types: string[] = []
    while (reader.remaining > 0) {
      const frame = decodeFrame(reader, level)
      const writer = new Writer(new Uint8Array(frameSize(frame)))
      encodeFrame(frame, writer)
      if (writer.room !== 0) throw new Error(`${frame.type}: ${writer.room} bytes of the foretold size are not written`)
      if (types.at(-1) !== frame.type && types.length < 4) types.push(frame.type)
    }
    return `${level} ${types.join(' ')}`
  },
}

const ack: Target = {
  name: 'ack',
  declared: isViolation,
  run(input) {
    const ranges = new AckRanges()
    const type = (input[0] ?? 0) % 2 === 0 ? ACK_TYPE : ACK_ECN_TYPE
    decodeAck(new Reader(input, Math.min(1, input.length), input.length), type, ranges)
    for (let i = 0; i < ranges.count; i++) {
      const isOrdered = ranges.smallest[i]! <= ranges.largest[i]! && (i === 0 || ranges.largest[i]! < ranges.smallest[i - 1]!)
      if (!isOrdered || ranges.smallest[i]! < 0) throw new Error(`range ${i} is out of order`)
    }
    return `${type} ${Math.ceil(Math.log2(ranges.count))}`
  },
}

/** A datagram of coalesced packets. `parseHeader` never throws. */
const headers: Target = {
  name: 'headers',
  declared: never,
  run(input) {
    const header = new PacketHeader()
    const types: string[] = []
    for (let at = 0; at < input.length; at = header.end) {
      if (parseHeader(input, at, input.length, 8, header) === null) break
      if (header.end <= at || header.end > input.length) throw new Error(`a packet at ${at} ends at ${header.end} of ${input.length}`)
      if (header.type === 'versionNegotiation') parseVersionNegotiation(header)
      if (header.dcid.length !== header.dcidLength) throw new Error('an id of another length')
      if (types.length < 4) types.push(header.type)
    }
    return types.join(' ')
  },
}

const transportParameters: Target = {
  name: 'transport-parameters',
  declared: isViolation,
  run(input) {
    const decoded = decodeTransportParameters(input.subarray(1), (input[0] ?? 0) % 2 === 0 ? 'client' : 'server')
    return Object.keys(decoded).join(' ')
  },
}

/** The hot path's own reading of STREAM frames, whose type is the first byte. What was read is written in as many bytes as were foretold. */
const streamHeaders: Target = {
  name: 'stream-headers',
  declared: isViolation,
  run(input) {
    const type = STREAM_TYPE | ((input[0] ?? 0) & 0x07)
    const reader = new Reader(input, Math.min(1, input.length), input.length)
    const header = new StreamHeader()
    decodeStreamHeader(reader, type, header)
    if (header.length > reader.remaining || header.offset + header.length > Number.MAX_SAFE_INTEGER)
      throw new Error('data that is not there')
    const size = streamHeaderSize(header.stream, header.offset, header.length)
    const writer = new Writer(new Uint8Array(size + header.length))
    writeStreamHeader(writer, header.stream, header.offset, header.length, header.fin)
    if (writer.offset !== size) throw new Error(`${writer.offset} bytes of ${size} that were foretold`)
    const again = new StreamHeader()
    decodeStreamHeader(new Reader(writer.target, 1), writer.target[0]!, again)
    if (again.stream !== header.stream || again.offset !== header.offset || again.length !== header.length || again.fin !== header.fin)
      throw new Error('not the same again')
    return `${type} ${header.stream % 4} ${header.offset > 0} ${header.length > 0}`
  },
}

/** Eight bytes of the largest number, one of the length, four of the number on the wire. RFC 9000 appendix A.3. */
const packetNumbers: Target = {
  name: 'packet-numbers',
  declared: never,
  run(input) {
    const bytes = Buffer.alloc(13)
    bytes.set(input.subarray(0, bytes.length))
    const largest = Number(bytes.readBigUInt64BE() >> 12n) - 1
    const length = 1 + (bytes[8]! & 0x03)
    const window = 2 ** (8 * length)
    const truncated = bytes.readUInt32BE(9) % window
    const number = decodePacketNumber(largest, truncated, length)
    if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${number} is no packet number`)
    if (number % window !== truncated) throw new Error(`${number} does not end in ${truncated}`)
    return `${length} ${Math.sign(number - largest)}`
  },
}

export const wireTargets: readonly Target[] = [frames, ack, headers, transportParameters, streamHeaders, packetNumbers]
