// Packet protection that protects nothing, and TLS that agrees with whatever it hears: so that a fuzzer's bytes reach all that lies behind them.
import type { Level } from '../packages/quic/src/core/crypto/level.ts'
import type { Opener, Sealer } from '../packages/quic/src/core/crypto/protection.ts'
import type { TlsEvent, TlsSession } from '../packages/quic/src/core/crypto/tls.ts'

export const nullSealer: Sealer = {
  sealed: 0,
  sealLimit: Number.MAX_SAFE_INTEGER,
  seal() {},
  next: () => nullSealer,
  release() {},
}

export const nullOpener: Opener = {
  failureLimit: Number.MAX_SAFE_INTEGER,
  unmask: (memory, start) => (memory.bytes[start]! & 0x03) + 1,
  open: () => true,
  next: () => nullOpener,
  release() {},
}

/** Each CRYPTO byte at a level moves it on by one step: the handshake is over after two. */
export class ScriptedTls implements TlsSession {
  readonly certificate = null
  readonly peerCertificate = null
  readonly #side: 'client' | 'server'
  readonly #peerParameters: Uint8Array
  #events: TlsEvent[] = []
  #steps = 0

  constructor(side: 'client' | 'server', peerParameters: Uint8Array) {
    this.#side = side
    this.#peerParameters = peerParameters
  }

  start(): void {
    if (this.#side === 'client') this.#produce('initial')
  }

  provide(level: Level): void {
    this.#steps++
    if (this.#steps === 1 && level === 'initial') {
      if (this.#side === 'server') this.#produce('initial')
      this.#install('handshake')
      this.#events.push({ type: 'transportParametersReceived', bytes: this.#peerParameters, earlyData: 'none' })
      this.#produce('handshake')
    } else if (this.#steps === 2) {
      this.#install('1rtt')
      this.#events.push({ type: 'handshakeCompleted', alpn: 'fuzz', cipher: 'none', resumed: false, earlyData: 'none', servername: null })
    } else if (level === '1rtt') this.#events.push({ type: 'ticketReceived', ticket: new Uint8Array(8) })
  }

  useVersion(): void {}

  takeEvent(): TlsEvent | null {
    return this.#events.shift() ?? null
  }

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
