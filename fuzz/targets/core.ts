// A whole connection, its protection stubbed: an input is a program of datagrams, moments and calls of the API. A peer may say what it likes; the one
// thing that must not come of it is a throw, or the INTERNAL_ERROR that a throw inside becomes. RFC 9000 section 11.
import { Writer } from '@millrace/bytes'
import { checkCongestion } from '../../packages/quic/src/api/congestion.ts'
import { Connection } from '../../packages/quic/src/core/connection.ts'
import type { EarlyDataStatus } from '../../packages/quic/src/core/crypto/tls.ts'
import type { Slot } from '../../packages/quic/src/core/datagram-builder.ts'
import { MAX_UDP_PAYLOAD } from '../../packages/quic/src/core/limits.ts'
import type { LocalSocket } from '../../packages/quic/src/core/paths/path-address.ts'
import type { QlogSink } from '../../packages/quic/src/core/qlog/sink.ts'
import { patchLength, writeLongHeader, writeShortHeader } from '../../packages/quic/src/core/wire/packet-header.ts'
import { decodeTransportParameters, encodeTransportParameters } from '../../packages/quic/src/core/wire/transport-parameters.ts'
import { VERSION_1 } from '../../packages/quic/src/core/wire/version.ts'
import { Workbench } from '../../packages/quic/src/core/workbench.ts'
import { nullOpener, nullSealer, ScriptedTls } from '../null-protection.ts'
import type { Target } from '../target.ts'

const SIZE = 2048
const OUR_ID = Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1)
const PEER_ID = Uint8Array.of(2, 2, 2, 2, 2, 2, 2, 2)
const ORIGINAL_ID = Uint8Array.of(3, 3, 3, 3, 3, 3, 3, 3)
const TAG = 16
const LEVELS = ['initial', 'handshake', '1rtt', '0rtt'] as const
const EARLY = ['none', 'accepted', 'rejected'] as const
const CONTROLLERS = ['cubic', 'newreno', 'bbr', 'bbr3', 'copa'] as const
/** Times that the connection may want to be woken after the program, before that is called a spin. */
const MAX_WAKES = 2000

/** Memory that packets are built and opened in; one for all runs, as in an endpoint. */
function memory(size: number): { bytes: Buffer; view: DataView } {
  const bytes = Buffer.alloc(size)
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, size) }
}

class Program {
  readonly #connection: Connection
  readonly #incoming = memory(2 * SIZE)
  readonly #slot: Slot = { memory: memory(SIZE), offset: 0, capacity: SIZE, to: null, local: null, ecn: 0, refusals: null }
  readonly #remotes = [0, 1, 2].map((port) => ({ family: 4 as const, address: 'peer', port }))
  /** Where the datagram before came from. */
  #lastFrom: { readonly port: number } | null = null
  readonly #sockets: readonly LocalSocket[] = [{ largestDatagram: MAX_UDP_PAYLOAD }, { largestDatagram: MAX_UDP_PAYLOAD }]
  readonly #side: 'client' | 'server'
  #now = 1000
  #number = 0
  #verdict = 'open'
  /** What was seen of 0-RTT. */
  #early = ''

  constructor(side: 'client' | 'server', congestion: (typeof CONTROLLERS)[number], early: EarlyDataStatus, qlog: QlogSink | null) {
    this.#side = side
    const peer = side === 'client' ? 'server' : 'client'
    const parameters = { ...decodeTransportParameters(new Uint8Array(0), side), ...LIMITS }
    const peerParameters = encodeTransportParameters(
      { ...parameters, initialSourceConnectionId: PEER_ID, ...(peer === 'server' && { originalDestinationConnectionId: ORIGINAL_ID }) },
      peer,
    )
    let random = 0
    this.#connection = new Connection(
      {
        shared: {
          initialKeys: () => ({ sealer: nullSealer, opener: nullOpener }),
          retryTag: () => new Uint8Array(TAG),
          random: (length) => Uint8Array.from({ length }, () => random++ & 0xff),
          maxDatagramSize: 1500,
          local: this.#sockets[0]!,
          keepAliveMillis: 0,
          handshakeTimeoutMillis: 10_000,
          workbench: new Workbench(memory(SIZE)),
        },
        side,
        parameters,
        tls: () => new ScriptedTls(side, peerParameters, early),
        remembered: side === 'client' && early !== 'none' ? parameters : null,
        qlog,
        controller: checkCongestion({ congestion }, 10)(1200, () => 0.5),
        originalDestination: ORIGINAL_ID,
        localConnectionId: OUR_ID,
        remoteConnectionId: side === 'client' ? ORIGINAL_ID : PEER_ID,
        remote: this.#remotes[0]!,
      },
      this.#now,
    )
    this.#connection.start(this.#now)
  }

  run(input: Uint8Array): string {
    for (let at = 1; at < input.length; ) {
      const operation = input[at]! >> 4
      const argument = input[at]! & 0x0f
      const length = operation < 4 ? (input[at + 1] ?? 0) * 4 : 0
      const body = input.subarray(at + 2, at + 2 + length)
      this.#operate(operation, argument, body)
      at += operation < 4 ? 2 + length : 1
      this.#settle()
    }
    for (let wakes = 0; !this.#connection.finished; wakes++) {
      const next = this.#connection.wakeAt()
      if (next === null) break
      if (wakes > MAX_WAKES) throw new Error(`after ${wakes} wakes it still wants to be woken, at ${next}, and it is ${this.#now}`)
      this.#wake(next)
    }
    this.#connection.release()
    return `${this.#side} ${this.#verdict}${this.#early}`
  }

  /** Gets both levels of the handshake done, so that the rest meets an established connection. */
  establish(): void {
    this.#operate(0, 0, Uint8Array.of(0x06, 0, 1, 0))
    this.#settle()
    this.#operate(0, 1, Uint8Array.of(0x06, 0, 1, 0))
    this.#settle()
  }

  #operate(operation: number, argument: number, body: Uint8Array): void {
    const connection = this.#connection
    const { streams } = connection
    const stream = [...streams.all()][argument]
    switch (operation) {
      case 0:
      case 1:
      case 2:
        this.#deliver(this.#packet(argument, body), argument)
        return
      case 3:
        this.#deliver(body, argument)
        return
      case 4:
        this.#wake(this.#now + 2 ** argument)
        return
      case 5: {
        const opened = streams.openStream(argument % 2 === 0 ? 'bidi' : 'uni')
        if (opened === null) return
        opened.send!.write(new Uint8Array(argument * 300))
        if (argument % 4 < 2) opened.send!.finish()
        return
      }
      case 6:
        if (stream?.send?.writable) stream.send.write(new Uint8Array(50_000))
        return
      case 7:
        if (stream?.receive) while (streams.read(stream) !== null);
        return
      case 8:
        if (stream?.send) streams.resetStreamAt(stream, 7n, Math.min(stream.send.written, argument * 100))
        return
      case 9:
        if (stream?.receive) streams.stopSending(stream, 8n)
        return
      case 10:
        connection.keyPhases.request()
        return
      case 11:
        if (this.#side === 'client') connection.migrate(this.#sockets[argument % 2]!, this.#remotes[0]!, this.#now)
        return
      case 12:
        if (argument === 0) connection.close(9n, 'enough', this.#now)
        return
      case 13:
        connection.datagrams.send(new Uint8Array(argument * 90))
        return
      case 14:
        while (connection.datagrams.take() !== null);
        connection.datagrams.takeSettled(() => {})
        connection.datagrams.statusWanted = true
        return
      default:
        this.#number += argument * 1000
    }
  }

  /** Wraps frames in a packet that the connection takes for its peer's. */
  #packet(argument: number, frames: Uint8Array): Uint8Array {
    const type = LEVELS[argument & 0x03]!
    const into = new Uint8Array(SIZE)
    const writer = new Writer(into)
    const number = this.#number++
    let lengthAt = -1
    if (type === '1rtt') writeShortHeader(writer, OUR_ID, number, 4, false, (argument & 0x08) !== 0)
    else lengthAt = writeLongHeader(writer, { type, version: VERSION_1, dcid: OUR_ID, scid: PEER_ID }, number, 4)
    writer.bytes(frames.subarray(0, 1100))
    if (type === 'initial') writer.zeros(Math.max(0, 1200 - TAG - writer.offset))
    const length = writer.offset - (lengthAt + 2)
    writer.zeros(TAG)
    if (lengthAt >= 0) patchLength(into, lengthAt, length + TAG)
    return into.subarray(0, writer.offset)
  }

  #deliver(datagram: Uint8Array, argument: number): void {
    this.#incoming.bytes.set(datagram.subarray(0, SIZE))
    const from = this.#remotes[argument >> 2 === 3 ? 1 + (argument & 1) : 0]!
    const length = Math.min(SIZE, datagram.length)
    const arrival = { memory: this.#incoming, offset: 0, length, ecn: argument & 0x03, from, local: this.#sockets[0]! }
    // As the first of a train, where it came the same way as the last: what follows it in memory is not like it, and lost if it is left.
    this.#connection.receiveTrain(arrival, from === this.#lastFrom ? 2 : 1, this.#now)
    this.#lastFrom = from
  }

  #wake(at: number): void {
    this.#now = Math.max(this.#now, at)
    const next = this.#connection.wakeAt()
    if (next !== null && next <= this.#now) this.#connection.wake(this.#now)
    this.#settle()
  }

  #settle(): void {
    let sent = 0
    while (this.#connection.transmit(this.#slot, this.#now) > 0) if (++sent > 10_000) throw new Error('it sends without end')
    for (let event = this.#connection.takeEvent(); event !== null; event = this.#connection.takeEvent()) {
      if (event.type === 'earlyDataRejected') this.#early = ' refused'
      if (event.type === 'streamReadable' && event.stream.early) this.#early = ' early'
      if (event.type !== 'closed') continue
      const { reason } = event
      if (reason.type === 'closed' && reason.cause !== undefined) throw reason.cause
      this.#verdict =
        reason.type === 'closed' ? `${reason.initiator} ${reason.code} ${reason.reason.replaceAll(/\d+/g, '#').slice(0, 60)}` : reason.type
    }
  }
}

const LIMITS = {
  initialMaxData: 20_000,
  initialMaxStreamDataBidiLocal: 8000,
  initialMaxStreamDataBidiRemote: 8000,
  initialMaxStreamDataUni: 8000,
  initialMaxStreamsBidi: 10,
  initialMaxStreamsUni: 10,
  maxIdleTimeout: 5000,
  maxDatagramFrameSize: 1000,
  minAckDelay: 1000,
  resetStreamAt: true,
  greaseQuicBit: true,
} as const

/** A log that must stay what it says it is, whatever it is told. RFC 7464. */
const checkedLog: QlogSink = {
  begin() {},
  write(record) {
    JSON.parse(record.slice(1))
  },
  end() {},
}

/** The first byte: bit 0 the side, bit 1 whether the handshake is done already, 2 to 4 the controller, 5 and 6 what becomes of 0-RTT, 7 the log. */
export const coreTarget: Target = {
  name: 'core',
  declared: () => false,
  run(input) {
    const first = input[0] ?? 0
    const program = new Program(
      (first & 1) === 0 ? 'client' : 'server',
      CONTROLLERS[((first >> 2) & 7) % CONTROLLERS.length]!,
      EARLY[((first >> 5) & 3) % EARLY.length]!,
      first >= 0x80 ? checkedLog : null,
    )
    if ((first & 2) !== 0) program.establish()
    return program.run(input)
  },
}
