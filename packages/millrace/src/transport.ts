// Where Millrace meets the QUIC package: one place for ALPN, the timings and the windows that its connections use.

import { connect, listen, type QuicEndpoint, QuicError, type QuicSession, type SessionOptions } from '@millrace/quic'
import { type Address, formatAddress, resolveAddress } from './address.ts'
import { MillraceError } from './error.ts'
import { IDLE_TIMEOUT_MILLIS, KEEP_ALIVE_MILLIS, MAX_BUSY_POLL_MICROS, MAX_STREAMS } from './limits.ts'
import type { Identity } from './tls/identity.ts'
import type { Trust } from './tls/trust.ts'

/** The protocol's name in the TLS handshake. Its number changes when peers could no longer understand each other. */
export const ALPN = 'millrace/1'

/** Bytes in flight per lane and per connection before the receiver has to read. A lane that is not read must not stop the others. */
const STREAM_WINDOW: number = 1024 * 1024
const CONNECTION_WINDOW: number = 16 * 1024 * 1024

export interface Timings {
  /** Silence after which a peer counts as gone, in milliseconds. Default 10,000. */
  readonly idleTimeoutMillis?: number | undefined
  /**
   * How long the thread stays awake after each datagram, in microseconds, 0 to 1,000,000: what comes within that time is taken in 20 to 40 us sooner, and the processor
   * is busy meanwhile. Default: it sleeps at once, but for the handshake of a client with a peer that is near.
   */
  readonly busyPollMicros?: number | undefined
}

/** Listens for peers. Rejects with ERR_MILLRACE_LISTEN when the address cannot be had, and with ERR_MILLRACE_OPTION for timings out of range. */
export async function listenAt(
  address: Address,
  identity: Identity,
  onsession: (session: QuicSession) => void,
  timings: Timings = {},
): Promise<QuicEndpoint> {
  const polled = polling(timings)
  try {
    return await listen(onsession, {
      ...common(timings),
      endpoint: { address: await resolveAddress(address), ...polled },
      sni: { '*': { keys: identity.key, certs: identity.certificate } },
    })
  } catch (cause) {
    throw new MillraceError('ERR_MILLRACE_LISTEN', `cannot listen on UDP ${formatAddress(address)}: ${reasonOf(cause)}`, { cause })
  }
}

/** Dials a peer and waits for the handshake. Rejects with ERR_MILLRACE_UNREACHABLE, and with ERR_MILLRACE_OPTION for a wrong CA or timings out of range. */
export async function dialTo(address: Address, trust: Trust, signal: AbortSignal, timings: Timings = {}): Promise<QuicSession> {
  const endpoint = polling(timings)
  let session: QuicSession | null = null
  const giveUp = (): void => session?.destroy()
  // The signal ends the attempt. The connection that comes of it belongs to the caller, who closes it in order.
  signal.addEventListener('abort', giveUp)
  try {
    session = await connect(await resolveAddress(address), { ...common(timings), endpoint, ...trust })
    if (signal.aborted) giveUp()
    await session.opened
    return session
  } catch (cause) {
    giveUp()
    if (cause instanceof QuicError && cause.code === 'ERR_QUIC_OPTION')
      throw new MillraceError('ERR_MILLRACE_OPTION', cause.message, { cause })
    throw new MillraceError('ERR_MILLRACE_UNREACHABLE', `cannot reach ${formatAddress(address)}: ${reasonOf(cause)}`, { cause })
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** Ends what is left on an endpoint and resolves when its port is free again. */
export async function release(endpoint: QuicEndpoint): Promise<void> {
  endpoint.destroy()
  // The farewells of QUIC are said by timers that do not keep a process alive (RFC 9000 section 10.2). Whoever awaits this wants to see the end.
  const alive = setInterval(() => {}, 1000)
  try {
    await endpoint.closed
  } finally {
    clearInterval(alive)
  }
}

function common(timings: Timings): SessionOptions {
  const idle = timings.idleTimeoutMillis ?? IDLE_TIMEOUT_MILLIS
  return {
    alpn: ALPN,
    keepAlive: Math.min(KEEP_ALIVE_MILLIS, Math.floor(idle / 3)),
    transportParams: {
      maxIdleTimeout: idle,
      initialMaxStreamsBidi: MAX_STREAMS,
      initialMaxStreamsUni: 0,
      initialMaxData: CONNECTION_WINDOW,
      initialMaxStreamDataBidiLocal: STREAM_WINDOW,
      initialMaxStreamDataBidiRemote: STREAM_WINDOW,
    },
  }
}

function polling({ busyPollMicros: micros }: Timings): { readonly busyPoll?: number } {
  if (micros === undefined) return {}
  if (Number.isInteger(micros) && micros >= 0 && micros <= MAX_BUSY_POLL_MICROS) return { busyPoll: micros }
  throw new MillraceError('ERR_MILLRACE_OPTION', `busyPollMicros is ${micros}; it is a whole number, 0 to ${MAX_BUSY_POLL_MICROS}`)
}

/** System errors that a user can do something about, in words. */
const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; stop the program that holds it or choose another port',
  EACCES: 'not permitted; ports under 1024 need privileges, choose a higher one',
  EADDRNOTAVAIL: 'this machine has no such address; use one of its own, 127.0.0.1 or 0.0.0.0',
  ENOTFOUND: 'the host name is not known; check its spelling',
}

/** Why a port cannot be had, or a peer not reached, in words. */
export function reasonOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    const remedy = remedies[(at as NodeJS.ErrnoException).code ?? '']
    if (remedy !== undefined) return remedy
  }
  if (error instanceof QuicError && error.code === 'ERR_QUIC_CERTIFICATE') {
    return `${error.message} Name its authority (ca), or, for an experiment, take any certificate (insecure)`
  }
  if (error instanceof QuicError && error.reason) return `${error.message} (${error.reason})`
  return error instanceof Error ? error.message : String(error)
}
