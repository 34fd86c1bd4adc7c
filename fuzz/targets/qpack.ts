// QPACK: sections, insertions and acknowledgements of a stranger, in any order. RFC 9204.
import { QpackDecoder } from '../../packages/http3/src/core/qpack/decoder.ts'
import { QpackEncoder } from '../../packages/http3/src/core/qpack/encoder.ts'
import { Http3Error } from '../../packages/http3/src/core/wire/http3-error.ts'
import type { Target } from '../target.ts'

const SETTINGS = { maxTableCapacity: 256, blockedStreams: 2 }
const MAX_FIELD_SECTION_SIZE = 2000
/** Streams of a program; few, so that they meet. */
const STREAMS = 4

const NAMES = ['accept', 'x-name', ':path', 'cookie', 'server', 'x-other', 'date', 'te']

/** A program of steps: a byte that says what, a byte that says how long, and so many bytes. */
function* steps(input: Uint8Array): Generator<{ what: number; body: Uint8Array }> {
  for (let at = 0; at < input.length; ) {
    const length = (input[at + 1] ?? 0) & 0x7f
    yield { what: input[at]!, body: input.subarray(at + 2, at + 2 + length) }
    at += 2 + length
  }
}

/** Bit 6 of a step: bytes of the encoder stream; bit 5: the stream is cancelled; else a section on the stream of its low bits. */
const decoder: Target = {
  name: 'qpack-decoder',
  declared: (error) => error instanceof Http3Error,
  run(input) {
    const subject = new QpackDecoder({ ...SETTINGS, maxFieldSectionSize: MAX_FIELD_SECTION_SIZE })
    const waiting = new Map<number, Uint8Array>()
    const seen: string[] = []
    const decode = (stream: number, section: Uint8Array) => {
      const fields = subject.decode(stream, section)
      if (fields === null) waiting.set(stream, section)
      else waiting.delete(stream)
      const size = fields?.reduce((sum, text) => sum + text.length + 16, 0) ?? 0
      if (size > MAX_FIELD_SECTION_SIZE) throw new Error(`a section of ${size} bytes`)
      if (waiting.size > SETTINGS.blockedStreams) throw new Error(`${waiting.size} streams wait`)
      seen.push(fields === null ? 'blocked' : `${Math.min(fields.length, 8)}`)
    }
    for (const { what, body } of steps(input)) {
      const stream = what % STREAMS
      if ((what & 0x40) !== 0) for (const ready of subject.receiveEncoderStream(body)) decode(ready, waiting.get(ready)!)
      else if ((what & 0x20) !== 0) {
        subject.cancel(stream)
        waiting.delete(stream)
      } else if (!waiting.has(stream)) decode(stream, body)
      subject.takeInstructions()
    }
    return seen.slice(-4).join(' ')
  },
}

/** Bit 6 of a step: bytes of the decoder stream; else a section is encoded. */
const encoder: Target = {
  name: 'qpack-encoder',
  declared: (error) => error instanceof Http3Error && error.code === 'QPACK_DECODER_STREAM_ERROR',
  run(input) {
    const subject = new QpackEncoder()
    subject.applySettings(SETTINGS)
    let bytes = 0
    let instructions = 0
    for (const { what, body } of steps(input)) {
      if ((what & 0x40) !== 0) subject.receiveDecoderStream(body)
      else {
        const fields = [...body].flatMap((byte) => [NAMES[byte & 7]!, 'a value '.repeat((byte >> 3) & 3) + (byte >> 5)])
        bytes += subject.encode(what % STREAMS, fields).length
      }
      instructions += subject.takeInstructions()?.length ?? 0
    }
    return `${Math.ceil(Math.log2(bytes + 1))} ${Math.ceil(Math.log2(instructions + 1))}`
  },
}

export const qpackTargets: readonly Target[] = [decoder, encoder]
