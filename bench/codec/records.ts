// msgpackr and cbor-x: one interface. Both are at their fastest with structures that both ends know, which is what a mold is.
import { packagePeer } from '../peers/peer.ts'
import type { Codec } from './codec.ts'
import { OBSERVED, READING, type Reading } from './reading.ts'

interface RecordCodec {
  encode(value: unknown): Uint8Array
  decode(bytes: Uint8Array): unknown
}

type RecordCodecClass = new (options: { structures: unknown[] }) => RecordCodec

export const msgpackr: Codec = recordCodec('msgpackr', 'Packr')
export const cborX: Codec = recordCodec('cbor-x', 'Encoder')

function recordCodec(name: string, className: string): Codec {
  return {
    ...packagePeer(name),
    async load() {
      const { [className]: Class } = (await import(name)) as Readonly<Record<string, RecordCodecClass>>
      const codec = new Class!({ structures: [] })
      const bytes = codec.encode(READING)
      return {
        observe: () => (codec.decode(bytes) as Reading)[OBSERVED],
        decode: () => codec.decode(bytes) as Reading,
        encode: () => codec.encode(READING),
      }
    },
  }
}
