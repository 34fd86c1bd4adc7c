// HTTP/3: SETTINGS, messages, and a whole connection without its transport, from a stranger. RFC 9114.
import { Http3Connection } from '../../packages/http3/src/core/connection.ts'
import { checkFieldLines, isPseudo } from '../../packages/http3/src/core/fields/field-lines.ts'
import type { FieldSection } from '../../packages/http3/src/core/fields/field-section.ts'
import type { MessageReader } from '../../packages/http3/src/core/message-reader.ts'
import type { PeerStream } from '../../packages/http3/src/core/peer-stream.ts'
import { Http3Error } from '../../packages/http3/src/core/wire/http3-error.ts'
import { DEFAULT_SETTINGS, decodeSettings, encodeSettings, type Http3Settings } from '../../packages/http3/src/core/wire/settings.ts'
import type { Target } from '../target.ts'

const SETTINGS: Http3Settings = {
  ...DEFAULT_SETTINGS,
  maxFieldSectionSize: 2000,
  qpackMaxTableCapacity: 256,
  qpackBlockedStreams: 2,
  enableConnectProtocol: true,
}
const METHODS = ['GET', 'HEAD', 'CONNECT', 'POST'] as const
/** Another protocol's, that takes streams. */
const TAKEN = 0x41

const declared = (error: unknown): boolean => error instanceof Http3Error

const settings: Target = {
  name: 'http3-settings',
  declared,
  run(input) {
    const decoded = decodeSettings(input)
    const again = decodeSettings(encodeSettings(decoded, null))
    if (again.maxFieldSectionSize !== decoded.maxFieldSectionSize) throw new Error('what is encoded is not what was decoded')
    return `${decoded.extensions.size} ${decoded.enableConnectProtocol} ${Math.ceil(Math.log2(decoded.maxFieldSectionSize))}`
  },
}

/** The streams of one connection, and what has been read from them. */
class Bench {
  readonly seen: string[] = []
  readonly connection: Http3Connection
  readonly #side: 'client' | 'server'
  readonly #messages = new Map<number, { reader: MessageReader; waits: boolean; over: boolean }>()
  readonly #peers = new Map<number, PeerStream>()
  #goaway = 1n << 62n

  constructor(side: 'client' | 'server') {
    this.#side = side
    this.connection = new Http3Connection({
      side,
      settings: SETTINGS,
      grease: [0.25, 0.5, 0.75],
      host: {
        settingsReceived: () => this.seen.push('settings'),
        goawayReceived: (id) => {
          if (id > this.#goaway) throw new Error('GOAWAY rises')
          this.#goaway = id
          this.seen.push('goaway')
        },
        unblocked: (streamId) => this.#read(streamId),
        priorityUpdated: () => this.seen.push('priority'),
        takesStreamType: (type) => type === TAKEN,
        takesSignal: (type) => type === TAKEN,
        remembered: () => null,
      },
    })
    this.connection.controlStream()
  }

  /** Bytes of a unidirectional stream, and its end. */
  peer(id: number, chunk: Uint8Array, end: boolean): void {
    const stream = this.#peers.get(id) ?? this.connection.peerStream(id)
    this.#peers.set(id, stream)
    if (stream.fate === null) stream.push(chunk)
    if (end) {
      this.#peers.delete(id)
      stream.ended()
    }
  }

  /** Bytes of a request stream, and its end. */
  message(id: number, chunk: Uint8Array, end: boolean): void {
    const method = METHODS[(id / 4) % METHODS.length]!
    const stream = this.#messages.get(id) ?? {
      reader: this.#side === 'server' ? this.connection.requestReader(id) : this.connection.responseReader(id, method),
      waits: true,
      over: false,
    }
    this.#messages.set(id, stream)
    if (stream.over || !stream.waits) return
    stream.reader.push(chunk)
    if (end) stream.reader.finish()
    this.#read(id)
  }

  #read(id: number): void {
    const stream = this.#messages.get(id)
    if (stream === undefined || stream.over) return
    try {
      while (true) {
        const step = stream.reader.next()
        if (step === 'head' || step === 'trailers') check(stream.reader.fields)
        if (step === 'data' && stream.reader.data.length === 0) throw new Error('content of nothing')
        if (this.seen.at(-1) !== step) this.seen.push(step)
        stream.waits = step === 'wait'
        stream.over = step === 'end' || step === 'signal'
        if (stream.waits || stream.over || step === 'blocked') return
      }
    } catch (error) {
      if (!(error instanceof Http3Error) || error.scope === 'connection') throw error
      stream.over = true
      this.connection.decoder.cancel(id)
      this.seen.push(error.code)
    }
  }
}

/** What reaches a user holds what fields must. */
function check(fields: FieldSection): void {
  let first = 0
  while (first < fields.length && isPseudo(fields[first]!)) first += 2
  checkFieldLines(fields, first, true)
  if (fields.some((text) => /[\0\r\n]/.test(text))) throw new Error('a character that ends a line elsewhere')
}

/** A byte for the side, then steps: a byte that says which stream and whether it ends, a byte that says how long, and so many bytes. */
const connection: Target = {
  name: 'http3-connection',
  declared,
  run(input) {
    const bench = new Bench((input[0] ?? 0) % 2 === 0 ? 'server' : 'client')
    for (let at = 1; at < input.length; ) {
      const what = input[at]!
      const length = (input[at + 1] ?? 0) & 0x7f
      const body = input.slice(at + 2, at + 2 + length)
      at += 2 + length
      const end = (what & 0x40) !== 0
      if ((what & 0x80) !== 0) bench.peer(2 + 4 * (what & 7), body, end)
      else bench.message(4 * (what & 7), body, end)
      bench.connection.decoder.takeInstructions()
    }
    return bench.seen.slice(-5).join(' ')
  },
}

export const http3Targets: readonly Target[] = [settings, connection]
