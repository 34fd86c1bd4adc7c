// Packet protection that protects nothing, and TLS that agrees with whatever it hears: so that a fuzzer's bytes reach all that lies behind them.
import type { Level } from '../packages/quic/src/core/crypto/level.ts'
import { MASK_STRIDE, MAX_RUN, type Opener, type Sealer } from '../packages/quic/src/core/crypto/protection.ts'
import type { EarlyDataStatus, TlsEvent, TlsSession } from '../packages/quic/src/core/crypto/tls.ts'

export const nullSealer: Sealer = {
  sealed: 0,
  sealLimit: Number.MAX_SAFE_INTEGER,
  seal() {},
  encrypt() {},
  protect() {},
  next: () => nullSealer,
  prepare() {},
  release() {},
}

/** Masks that change nothing. */
const NO_MASKS = new Uint8Array(MAX_RUN * MASK_STRIDE)

export const nullOpener: Opener = {
  failureLimit: Number.MAX_SAFE_INTEGER,
  unmask: (memory, start) => (memory.bytes[start]! & 0x03) + 1,
  masks: () => NO_MASKS,
  open: () => true,
  next: () => nullOpener,
  prepare() {},
  release() {},
}

/** Each CRYPTO byte at a level moves it on by one step: the handshake is over after two. Early data is offered, and what `early` says becomes of it. */
export class ScriptedTls implements TlsSession {
  readonly certificate = null
  readonly peerCertificate = null
  readonly peerCertificateError = null
  readonly #side: 'client' | 'server'
  readonly #peerParameters: Uint8Array
  readonly #early: EarlyDataStatus
  #events: TlsEvent[] = []
  #steps = 0

  constructor(side: 'client' | 'server', peerParameters: Uint8Array, early: EarlyDataStatus) {
    this.#side = side
    this.#peerParameters = peerParameters
    this.#early = early
  }

  start(): void {
    if (this.#side !== 'client') return
    this.#produce('initial')
    if (this.#early !== 'none') this.#events.push({ type: 'sealerInstalled', level: '0rtt', sealer: nullSealer })
  }

  exportKeyingMaterial(): null {
    return null
  }

  provide(level: Level): void {
    this.#steps++
    if (this.#steps === 1 && level === 'initial') {
      if (this.#side === 'server') this.#produce('initial')
      if (this.#side === 'server' && this.#early === 'accepted') {
        this.#events.push({ type: 'openerInstalled', level: '0rtt', opener: nullOpener })
      }
      this.#install('handshake')
      this.#events.push({ type: 'transportParametersReceived', bytes: this.#peerParameters, earlyData: this.#early })
      this.#produce('handshake')
    } else if (this.#steps === 2) {
      this.#install('1rtt')
      this.#events.push({
        type: 'handshakeCompleted',
        alpn: 'fuzz',
        cipher: 'none',
        resumed: false,
        earlyData: this.#early,
        servername: null,
      })
    } else if (level === '1rtt') this.#events.push({ type: 'ticketReceived', ticket: new Uint8Array(8) })
  }

  useVersion(): void {}

  takeEvent(): TlsEvent | null {
    return this.#events.shift() ?? null
  }

  tidy(): void {}

  release(): void {
    this.#events = []
  }

  #produce(level: Level): void {
    this.#events.push({ type: 'cryptoProduced', level, bytes: new Uint8Array(300) })
  }

  #install(level: Level): void {
    this.#events.push({ type: 'sealerInstalled', level, sealer: nullSealer }, { type: 'openerInstalled', level, opener: nullOpener })
  }
}
