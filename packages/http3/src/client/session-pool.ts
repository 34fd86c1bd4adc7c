// Sessions by origin and alternative. RFC 9114 section 3.3.
import { errors } from 'undici'
import type { Http3Session } from '../session/http3-session.ts'
import type { Alternative } from './alt-svc.ts'
import { PooledSession, type PooledSessionOptions } from './pooled-session.ts'

/** Begins a session with an origin at one of its alternatives. */
export type Dial = (origin: URL, alternative: Alternative) => Promise<Http3Session>

export interface SessionPoolOptions extends Omit<PooledSessionOptions, 'onretired' | 'onsilent'> {
  readonly dial: Dial
  readonly maxSessions: number
  /** How an attempt to connect went: null where the handshake was done, and the server is the origin's. */
  readonly onconnect: (origin: URL, alternative: Alternative, error: Error | null) => void
  /** A session that was open is not answered any more. */
  readonly onsilent: (alternative: Alternative, session: PooledSession) => void
  /** A session that was open has ended. */
  readonly onend: (origin: URL) => void
}

/** The sessions of an agent. */
export class SessionPool {
  readonly #options: SessionPoolOptions
  /** Those that take requests, the longest unused first. */
  readonly #usable = new Map<string, PooledSession>()
  /** All that have not ended. */
  readonly #all = new Set<PooledSession>()

  constructor(options: SessionPoolOptions) {
    this.#options = options
  }

  /** The session with an origin at an alternative: the one that there is, or a new one. Throws when there are too many, and none of them idle. */
  session(origin: URL, alternative: Alternative): PooledSession {
    const key = keyOf(origin, alternative)
    const known = this.#usable.get(key)
    const session = known ?? this.#begin(key, origin, alternative)
    this.#usable.delete(key)
    this.#usable.set(key, session)
    return session
  }

  /** The session with an origin at an alternative, if there is one: open, or still being made. */
  peek(origin: URL, alternative: Alternative): PooledSession | undefined {
    return this.#usable.get(keyOf(origin, alternative))
  }

  /** No more requests come: lets go of each session once it is idle, and waits for that. */
  async close(): Promise<void> {
    for (const session of [...this.#all]) session.retire()
    await this.#untilEmpty()
  }

  /** Ends them all at once. */
  async destroy(error: Error): Promise<void> {
    for (const session of [...this.#all]) session.destroy(error)
    await this.#untilEmpty()
  }

  async #untilEmpty(): Promise<void> {
    while (this.#all.size > 0) await Promise.all([...this.#all].map(({ ended }) => ended))
  }

  #begin(key: string, origin: URL, alternative: Alternative): PooledSession {
    this.#makeRoom()
    const { dial, onconnect, onsilent, onend } = this.#options
    const session = new PooledSession(dial(origin, alternative), {
      ...this.#options,
      onretired: (retired) => {
        if (this.#usable.get(key) === retired) this.#usable.delete(key)
      },
      onsilent: (silent) => onsilent(alternative, silent),
    })
    this.#all.add(session)
    session.opened.then(
      () => onconnect(origin, alternative, null),
      (error: Error) => onconnect(origin, alternative, error),
    )
    void session.ended.then(() => {
      this.#all.delete(session)
      if (session.isOpen) onend(origin)
    })
    return session
  }

  #makeRoom(): void {
    if (this.#all.size < this.#options.maxSessions) return
    const idle = [...this.#usable.values()].find(({ isIdle }) => isIdle)
    if (idle === undefined) throw new errors.InformationalError('as many HTTP/3 sessions as maxSessions permits have requests under way')
    idle.destroy()
    this.#all.delete(idle)
  }
}

/** Origins share no session, though certificates may permit it: what one origin does to its session concerns no other. */
function keyOf(origin: URL, { host, port }: Alternative): string {
  return `${origin.origin} ${host} ${port}`
}
