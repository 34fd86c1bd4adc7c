// Packets out of a byte stream: one for each line of JSON, or Y3 packets one behind the other.

import type { Readable } from 'node:stream'
import { marshal, PacketReader, type PrimitiveType, resolveMold, Y3Error } from '@millrace/y3'
import { MillraceError } from '../error.ts'
import { MAX_MESSAGE_BYTES } from '../limits.ts'

export interface MessageFormat {
  /** Names the stream in errors. */
  readonly file: string
  /** Key under which values stand. */
  readonly tag: number
  /** Type of the values; without one it is that of the JSON value. */
  readonly type?: PrimitiveType | undefined
}

/** A packet for every line: `{"value": x}`, or x itself. Throws ERR_MILLRACE_OPTION, which names the line. */
export async function* packetsOfLines(input: Readable, format: MessageFormat): AsyncGenerator<Uint8Array, void, void> {
  const decoder = new TextDecoder()
  let rest = ''
  let line = 0
  for await (const chunk of input as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    for (const text of lines) {
      line++
      if (text.trim() !== '') yield packetOf(text, line, format)
    }
    if (rest.length > MAX_MESSAGE_BYTES) throw wrong(format, line + 1, `is over ${MAX_MESSAGE_BYTES} characters`)
  }
  if (rest.trim() !== '') yield packetOf(rest, line + 1, format)
}

/** Every packet of a stream of Y3 packets. Throws ERR_MILLRACE_OPTION. */
export async function* rawPackets(input: Readable, { file }: MessageFormat): AsyncGenerator<Uint8Array, void, void> {
  const ready: Uint8Array[] = []
  const reader = new PacketReader((packet) => void ready.push(packet))
  try {
    for await (const chunk of input as AsyncIterable<Uint8Array>) {
      reader.feed(chunk)
      yield* ready.splice(0)
    }
    reader.end()
  } catch (cause) {
    if (!(cause instanceof Y3Error)) throw cause
    throw new MillraceError('ERR_MILLRACE_OPTION', `${file}: is no stream of Y3 packets: ${cause.message}`, { cause })
  }
}

function packetOf(text: string, line: number, format: MessageFormat): Uint8Array {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw wrong(format, line, 'is not JSON; write {"value":"a"} or "a", one a line', cause)
  }
  if (typeof value === 'object' && value !== null && 'value' in value) value = value.value
  if (value === null) throw wrong(format, line, 'has null, which Y3 cannot carry')
  // What has no key of its own in Y3 travels as text.
  if (typeof value === 'object') value = JSON.stringify(value)
  try {
    return marshal(format.tag, isWide(format.type) ? BigInt(value as string) : value, resolveMold(format.type ?? sampleOf(value)))
  } catch (cause) {
    throw wrong(format, line, `is no ${format.type}: ${(cause as Error).message}`, cause)
  }
}

/** 64-bit numbers are bigints; in JSON they are numbers, or texts where a number would lose digits. */
function isWide(type: PrimitiveType | undefined): boolean {
  return type === 'int64' || type === 'uint64'
}

function sampleOf(value: unknown): unknown {
  return typeof value === 'string' ? '' : value
}

function wrong({ file }: MessageFormat, line: number, sentence: string, cause?: unknown): MillraceError {
  return new MillraceError('ERR_MILLRACE_OPTION', `${file}:${line}: ${sentence}`, { cause })
}
