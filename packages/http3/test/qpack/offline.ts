// Our encoder and decoder, file to file.
import { QpackDecoder } from '../../src/core/qpack/decoder.ts'
import { QpackEncoder } from '../../src/core/qpack/encoder.ts'
import { GrowingBytes } from '../../src/core/qpack/growing-bytes.ts'
import { writePrefixedInteger } from '../../src/core/qpack/prefixed-integer.ts'
import { type Block, formatBlocks, parseBlocks } from './qif.ts'

/** What the name of a file says: `NAME.out.CAPACITY.BLOCKED.ACKNOWLEDGED`. */
export interface OfflineSettings {
  readonly maxTableCapacity: number
  readonly blockedStreams: number
  /** Whether the encoder hears at once that everything arrived and was decoded; else it hears nothing. */
  readonly acknowledged: boolean
  /** Whether the table has its capacity from the start, as in drafts before the sixth; default no. */
  readonly draft?: boolean
}

const MAX_FIELD_SECTION_SIZE = 1 << 20

/** Sections in the order of their streams. */
export function decodeOffline(file: Uint8Array, settings: OfflineSettings): string[][] {
  const decoder = new QpackDecoder({ ...settings, maxFieldSectionSize: MAX_FIELD_SECTION_SIZE })
  if (settings.draft === true) {
    const capacity = new GrowingBytes()
    writePrefixedInteger(capacity, 0x20, 5, settings.maxTableCapacity)
    decoder.receiveEncoderStream(capacity.take())
  }
  const waiting = new Map<number, Uint8Array>()
  const decoded = new Map<number, string[]>()
  const decode = (stream: number, section: Uint8Array) => {
    const fields = decoder.decode(stream, section)
    if (fields === null) waiting.set(stream, section)
    else decoded.set(stream, [...fields])
  }
  for (const { stream, bytes } of parseBlocks(file)) {
    if (stream === 0) for (const ready of decoder.receiveEncoderStream(bytes)) decode(ready, waiting.get(ready)!)
    else decode(stream, bytes)
    decoder.takeInstructions()
  }
  return [...decoded].sort(([a], [b]) => a - b).map(([, fields]) => fields)
}

/** What our encoder makes of the sections, on streams 1, 2, 3... */
export function encodeOffline(sections: readonly string[][], settings: OfflineSettings): Uint8Array {
  const encoder = new QpackEncoder({ maxTableCapacity: settings.maxTableCapacity, blockedStreams: settings.blockedStreams })
  encoder.applySettings(settings)
  const decoder = new QpackDecoder({ ...settings, maxFieldSectionSize: MAX_FIELD_SECTION_SIZE })
  const blocks: Block[] = []
  for (const [index, fields] of sections.entries()) {
    const stream = index + 1
    const section = encoder.encode(stream, fields)
    const instructions = encoder.takeInstructions()
    if (instructions !== null) {
      blocks.push({ stream: 0, bytes: instructions })
      decoder.receiveEncoderStream(instructions)
    }
    blocks.push({ stream, bytes: section })
    decoder.decode(stream, section)
    const answer = decoder.takeInstructions()
    if (settings.acknowledged && answer !== null) encoder.receiveDecoderStream(answer)
  }
  return formatBlocks(blocks)
}
