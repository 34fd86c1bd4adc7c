// Readers of endless streams: the Y3 codec and the frames of millrace/1. Inputs are fed in chunks, which must make no difference.
import { decodePacket, Observer, PacketReader, Y3Error } from '@millrace/y3'
import { MillraceError } from '../../packages/millrace/src/error.ts'
import { FrameReader } from '../../packages/millrace/src/protocol/frame-reader.ts'
import type { Target } from '../target.ts'

const isY3 = (error: unknown): boolean => error instanceof Y3Error
const MAX_BYTES = 65_536

const y3: Target = {
  name: 'y3',
  declared: isY3,
  run(input) {
    const { packet, consumed } = decodePacket(input)
    if (consumed < 2 || consumed > input.length) throw new Error(`${consumed} bytes of ${input.length} are consumed`)
    return `${packet.isNode} ${Math.min(packet.children.length, 8)}`
  },
}

/** The first byte is the length of the chunks. */
const y3Packets: Target = {
  name: 'y3-packets',
  declared: isY3,
  run(input) {
    let count = 0
    const reader = new PacketReader(() => count++, { maxBytes: MAX_BYTES })
    for (const chunk of chunks(input)) reader.feed(chunk)
    reader.end()
    return `${Math.min(count, 16)}`
  },
}

const y3Observer: Target = {
  name: 'y3-observer',
  declared: isY3,
  run(input) {
    const keys: number[] = []
    const observer = new Observer([0x01, 0x10, 0x3f], (_, key) => keys.push(key), { maxBytes: MAX_BYTES })
    for (const chunk of chunks(input)) observer.feed(chunk)
    observer.end()
    return keys.slice(0, 8).join(' ')
  },
}

const millraceFrames: Target = {
  name: 'millrace-frames',
  declared: (error) => error instanceof MillraceError,
  run(input) {
    const reader = new FrameReader((['control', 'forth', 'back'] as const)[(input[1] ?? 0) % 3]!)
    const types: number[] = []
    for (const chunk of chunks(input)) {
      reader.push(chunk)
      while (reader.next()) {
        if (reader.end < reader.start || reader.end > reader.bytes.length) throw new Error(`a body from ${reader.start} to ${reader.end}`)
        if (types.length < 6) types.push(reader.type % 256)
      }
    }
    return `${types.join(' ')} ${reader.unfinished > 0}`
  },
}

function chunks(input: Uint8Array): Uint8Array[] {
  const length = 1 + (input[0] ?? 0)
  return Array.from({ length: Math.ceil(Math.max(0, input.length - 2) / length) }, (_, i) =>
    input.subarray(2 + i * length, 2 + (i + 1) * length),
  )
}

export const streamTargets: readonly Target[] = [y3, y3Packets, y3Observer, millraceFrames]
