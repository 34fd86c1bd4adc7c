// The functions that OpenSSL calls: one set a thread, which finds the session by its SSL pointer. SSL_set_quic_tls_cbs(3).
//
// They run inside our own SSL_do_handshake and SSL_read_ex. A throw must not cross C: it is caught, remembered by the session, and answered
// with failure, so that OpenSSL unwinds and the session reports it.
import { isMainThread } from 'node:worker_threads'
import { Arena, addressOf } from '../arena.ts'
import { foreignMemory } from '../binding/foreign-memory.ts'
import { callback, once, releaseCallback } from '../binding/load.ts'
import { CALLBACK_FATAL, CALLBACK_OK, DIRECTION_WRITE, QUIC_CALLBACKS, TICKET_KEY } from './constants.ts'

/** What a session does when OpenSSL calls. */
export interface CallbackTarget {
  cryptoProduced(bytes: Buffer): void
  /** Bytes for OpenSSL to read: they must stay where they are until `cryptoConsumed`. Null if there are none now. */
  cryptoWanted(): { readonly address: number; readonly length: number } | null
  cryptoConsumed(length: number): void
  /** The secret is wiped afterwards. */
  secretYielded(level: number, direction: 'read' | 'write', secret: Uint8Array): void
  transportParametersReceived(bytes: Buffer): void
  alertRaised(alert: number): void
  /** A server's choice among length-prefixed protocol names: the offset of the name chosen, or -1. */
  chooseProtocol(offered: Buffer): number
  /** A server's choice of certificate; null, or the alert to refuse with. */
  chooseCertificate(): number | null
  /** The server asks a client for its certificate. */
  certificateWanted(): void
  /** A client has a ticket. True if it keeps the reference to the session that comes with the call. */
  ticketReceived(session: number): boolean
  /** A server is about to make a ticket of its session. */
  ticketIssued(): void
  /** A server is about to seal a ticket, or to open one, with a key that it is to set up. Returns one of TICKET_KEY. */
  ticketKeyWanted(nameAt: number, ivAt: number, cipherContext: number, macContext: number, sealing: boolean): number
  /** A server's answer to early data that TLS would accept. */
  earlyDataOffered(): boolean
  keyLogged(line: string): void
  /** Something in one of the above threw. */
  faulted(error: unknown): void
}

export class TlsCallbacks {
  /** Sessions by the address of their SSL. */
  readonly sessions: Map<number, CallbackTarget> = new Map<number, CallbackTarget>()
  readonly #foreign = foreignMemory()
  readonly #dispatch = Arena.allocate(16 * (Object.keys(QUIC_CALLBACKS).length + 1))
  /** An OSSL_DISPATCH array for SSL_set_quic_tls_cbs. */
  readonly dispatch: number = addressOf(this.#dispatch)
  readonly chooseProtocol: number
  readonly chooseCertificate: number
  readonly certificateJudged: number
  readonly certificateWanted: number
  readonly ticketReceived: number
  readonly keyLogged: number
  readonly ticketIssued: number
  readonly ticketKeyWanted: number
  readonly earlyDataOffered: number

  constructor() {
    const foreign = this.#foreign
    this.#fillDispatch({
      cryptoSend: callback(['int', ['pointer', 'pointer', 'size', 'pointer', 'pointer']], (ssl, bytes, length, consumed) =>
        this.#run(ssl, 0, (session) => {
          session.cryptoProduced(foreign.read(bytes, length))
          foreign.writePointer(consumed, length)
          return 1
        }),
      ),
      cryptoReceive: callback(['int', ['pointer', 'pointer', 'pointer', 'pointer']], (ssl, bytesOut, lengthOut) =>
        this.#run(ssl, 0, (session) => {
          const lent = session.cryptoWanted()
          // Of no bytes OpenSSL does not ask where they are.
          if (lent !== null) foreign.writePointer(bytesOut, lent.address)
          foreign.writePointer(lengthOut, lent === null ? 0 : lent.length)
          return 1
        }),
      ),
      cryptoRelease: callback(['int', ['pointer', 'size', 'pointer']], (ssl, length) =>
        this.#run(ssl, 0, (session) => {
          session.cryptoConsumed(length)
          return 1
        }),
      ),
      yieldSecret: callback(['int', ['pointer', 'uint32', 'int', 'pointer', 'size', 'pointer']], (ssl, level, direction, secret, length) =>
        this.#run(ssl, 0, (session) => {
          const side = direction === DIRECTION_WRITE ? 'write' : 'read'
          foreign.withSecret(secret, length, (bytes) => session.secretYielded(level, side, bytes))
          return 1
        }),
      ),
      transportParameters: callback(['int', ['pointer', 'pointer', 'size', 'pointer']], (ssl, bytes, length) =>
        this.#run(ssl, 0, (session) => {
          session.transportParametersReceived(foreign.read(bytes, length))
          return 1
        }),
      ),
      alert: callback(['int', ['pointer', 'int', 'pointer']], (ssl, alert) =>
        this.#run(ssl, 0, (session) => {
          session.alertRaised(alert & 0xff) // a uint8_t in C
          return 1
        }),
      ),
    })
    this.chooseProtocol = callback(
      ['int', ['pointer', 'pointer', 'pointer', 'pointer', 'uint32', 'pointer']],
      (ssl, chosenOut, lengthOut, offered, length) =>
        this.#run(ssl, CALLBACK_FATAL, (session) => {
          const names = foreign.read(offered, length)
          const at = session.chooseProtocol(names)
          if (at < 0) return CALLBACK_FATAL
          foreign.writePointer(chosenOut, offered + at)
          foreign.writeByte(lengthOut, names[at - 1]!)
          return CALLBACK_OK
        }),
    )
    this.chooseCertificate = callback(['int', ['pointer', 'pointer', 'pointer']], (ssl, alertOut) =>
      this.#run(ssl, CALLBACK_FATAL, (session) => {
        const alert = session.chooseCertificate()
        if (alert === null) return CALLBACK_OK
        foreign.writeInt(alertOut, alert)
        return CALLBACK_FATAL
      }),
    )
    // Goes on, whatever was found: SSL_get_verify_result(3) has it.
    this.certificateJudged = callback(['int', ['int', 'pointer']], () => 1)
    this.certificateWanted = callback(['int', ['pointer', 'pointer']], (ssl) =>
      this.#run(ssl, 0, (session) => {
        session.certificateWanted()
        return 1
      }),
    )
    this.ticketReceived = callback(['int', ['pointer', 'pointer']], (ssl, ticket) =>
      this.#run(ssl, 0, (session) => (session.ticketReceived(ticket) ? 1 : 0)),
    )
    this.ticketIssued = callback(['int', ['pointer', 'pointer']], (ssl) =>
      this.#run(ssl, 0, (session) => {
        session.ticketIssued()
        return 1
      }),
    )
    this.ticketKeyWanted = callback(
      ['int', ['pointer', 'pointer', 'pointer', 'pointer', 'pointer', 'int']],
      (ssl, name, iv, cipherContext, macContext, sealing) =>
        this.#run(ssl, TICKET_KEY.failed, (session) => session.ticketKeyWanted(name, iv, cipherContext, macContext, sealing === 1)),
    )
    this.earlyDataOffered = callback(['int', ['pointer', 'pointer']], (ssl) =>
      this.#run(ssl, 0, (session) => (session.earlyDataOffered() ? 1 : 0)),
    )
    this.keyLogged = callback(['void', ['pointer', 'text']], (ssl, line) => {
      this.#run(ssl, 0, (session) => {
        session.keyLogged(line ?? '')
        return 0
      })
      return undefined
    })
  }

  /** Gives the functions back, at the end of a Worker. */
  release(): void {
    const { view } = this.#dispatch
    const inDispatch = Object.keys(QUIC_CALLBACKS).map((_, i) => Number(view.getBigUint64(i * 16 + 8, true)))
    const others = [
      this.chooseProtocol,
      this.chooseCertificate,
      this.certificateJudged,
      this.certificateWanted,
      this.ticketReceived,
      this.keyLogged,
      this.ticketIssued,
      this.ticketKeyWanted,
      this.earlyDataOffered,
    ]
    for (const address of [...inDispatch, ...others]) releaseCallback(address)
  }

  #run(ssl: number, failure: number, act: (session: CallbackTarget) => number): number {
    const session = this.sessions.get(ssl)
    if (session === undefined) return failure
    try {
      return act(session)
    } catch (error) {
      session.faulted(error)
      return failure
    }
  }

  /** OSSL_DISPATCH is { int id; void (*function)() }, 16 bytes, and a zero entry ends the array. */
  #fillDispatch(functions: Record<keyof typeof QUIC_CALLBACKS, number>): void {
    const { view } = this.#dispatch
    for (const [i, name] of (Object.keys(QUIC_CALLBACKS) as (keyof typeof QUIC_CALLBACKS)[]).entries()) {
      view.setInt32(i * 16, QUIC_CALLBACKS[name], true)
      view.setBigUint64(i * 16 + 8, BigInt(functions[name]), true)
    }
  }
}

/** This thread's callbacks. C keeps their addresses, so they are made once and live as long as the thread. */
export const tlsCallbacks: () => TlsCallbacks = once(() => {
  const callbacks = new TlsCallbacks()
  if (!isMainThread) process.once('exit', () => callbacks.release())
  return callbacks
})
