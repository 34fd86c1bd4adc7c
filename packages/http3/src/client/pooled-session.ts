// A session in an agent's pool: from the first packet to the last request.
import type { Http3Session } from '../session/http3-session.ts'
import type { Clock } from './clock.ts'
import { SILENT_MILLIS, SILENT_TIMEOUTS } from './limits.ts'
import { Slots } from './slots.ts'

/** What the pool wants to know of its sessions. */
export interface PooledSessionOptions {
  readonly maxRequests: number
  readonly keepAliveMillis: number
  readonly clock: Clock
  /** No new request goes here any more. */
  readonly onretired: (session: PooledSession) => void
  /** It was open, and is not answered any more, as on a network that began to drop UDP. */
  readonly onsilent: (session: PooledSession) => void
}

/** A request on a session. */
export interface Borrower {
  /** The session was given up: what may go another way should. */
  leave(): void
}

/** One session with one origin by one alternative, and the requests on it. */
export class PooledSession {
  /** There is a session to send 0-RTT on; its handshake may be under way. */
  readonly connected: Promise<Http3Session>
  /** The handshake is done, and the server is the origin's. */
  readonly opened: Promise<Http3Session>
  /** Ended, whatever by. */
  readonly ended: Promise<void>
  readonly slots: Slots
  /** When the attempt to connect began, by the agent's clock. */
  readonly began: number
  readonly #options: PooledSessionOptions
  #session: Http3Session | null = null
  #isOpen = false
  #isRetired = false
  /** Whether it seemed silent, and is being looked at or was given up. */
  #isListening = false
  #isGivenUp = false
  readonly #borrowers = new Set<Borrower>()
  #callOff = (): void => {}

  constructor(connecting: Promise<Http3Session>, options: PooledSessionOptions) {
    this.#options = options
    this.slots = new Slots(options.maxRequests)
    this.began = options.clock.now()
    this.connected = connecting.then((session) => this.#connected(session))
    this.opened = this.connected.then((session) => this.#opened(session))
    this.ended = this.#untilEnded()
    // Whoever waits for them hears of a failure; nobody may be waiting.
    this.opened.catch(() => this.retire())
  }

  /** Whether the handshake is done. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Whether no request is under way. */
  get isIdle(): boolean {
    return this.#borrowers.size === 0
  }

  /** Takes no new requests, and closes once those that it has are done. */
  retire(): void {
    if (this.#isRetired) return
    this.#isRetired = true
    this.#options.onretired(this)
    if (this.isIdle) this.#close()
  }

  /** At once. */
  destroy(error?: Error): void {
    this.retire()
    this.connected.then(
      (session) => session.destroy(error),
      () => undefined,
    )
  }

  /** Takes no new requests, and those that it has go another way if they can. */
  giveUp(): void {
    this.#isGivenUp = true
    this.retire()
    for (const borrower of [...this.#borrowers]) borrower.leave()
  }

  /** One more request; to be called once it is done: what this gives back. */
  borrow(borrower: Borrower): () => void {
    this.#borrowers.add(borrower)
    this.#callOff()
    this.#listen()
    return () => {
      this.#borrowers.delete(borrower)
      if (!this.isIdle) return
      if (this.#isRetired) this.#close()
      else this.#callOff = this.#options.clock.after(this.#options.keepAliveMillis, () => this.retire())
    }
  }

  #connected(session: Http3Session): Http3Session {
    this.#session = session
    // It answers what is under way, and takes no more. RFC 9114 section 5.2.
    const retire = (): void => this.retire()
    session.ongoaway = retire
    return session
  }

  async #opened(session: Http3Session): Promise<Http3Session> {
    await session.quic.opened
    this.#isOpen = true
    const listen = (): void => this.#listen()
    session.quic.onprobetimeout = listen
    return session
  }

  /**
   * Each packet that is sent puts the probe timeout off (RFC 9002 section 6.2.1), so each new request asks too. That is answered when the socket has been read:
   * a program that was busy has acknowledgements waiting there.
   */
  #listen(): void {
    if (this.#isListening || !this.#seemsSilent()) return
    this.#isListening = true
    setImmediate(() => {
      this.#isListening = this.#seemsSilent()
      if (this.#isListening) this.#options.onsilent(this)
    })
  }

  #seemsSilent(): boolean {
    if (this.#session === null || !this.#isOpen) return false
    const { millis, timeouts } = this.#session.quic.silence
    return millis >= SILENT_MILLIS && timeouts >= SILENT_TIMEOUTS
  }

  async #untilEnded(): Promise<void> {
    try {
      const session = await this.connected
      await session.closed
    } catch {
      // Each request hears why; the pool needs to know only that it is over.
    }
    this.#callOff()
    this.retire()
  }

  #close(): void {
    this.#callOff()
    // Nobody would hear a farewell in good order.
    if (this.#isGivenUp) this.#session?.destroy()
    // A connection attempt that nobody waits for goes on: that it succeeds or fails is worth knowing.
    else if (!this.#isOpen) this.opened.then((session) => session.shutdown()).catch(() => undefined)
    else this.#session?.shutdown().catch(() => undefined)
  }
}
