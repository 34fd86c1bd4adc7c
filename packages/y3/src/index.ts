/**
 * The Y3 codec, both generations.
 *
 * @module @millrace/y3
 */
export { Y3_ERRORS, Y3Error, type Y3ErrorCode } from './error.ts'
export { find } from './find.ts'
export { encodeHeader } from './header.ts'
export { MAX_DEPTH, MAX_PACKET_BYTES, MAX_PACKETS } from './limits.ts'
export { type MarshalOptions, marshal, unmarshal } from './marshal.ts'
export { type FieldSpec, Mold, type Molded, type MoldSpec, mold, resolveMold } from './mold/mold.ts'
export { encodeArray, encodeNode } from './node.ts'
export { decodeNumber, encodeNumber, type NumberEncodingName } from './numbers.ts'
export { type DecodeLimits, decodePacket, type Packet } from './packet.ts'
export { decodePrimitive, encodePrimitive, type Generation, type PrimitiveType, type PrimitiveValues } from './primitive.ts'
export { replace } from './replace.ts'
export { observe } from './stream/observe.ts'
export { Observer } from './stream/observer.ts'
export { PacketReader, type StreamLimits } from './stream/packet-reader.ts'
export { type Key, parseKey, parseUserKey, ROOT_TAG } from './tag.ts'
