// The WebTransport sessions of one HTTP/3 connection: whose stream is whose. draft-ietf-webtrans-http3 section 4.
import { Buffer } from 'node:buffer'
import { BytesError, Reader } from '@millrace/bytes'
import type { QuicStream } from '@millrace/quic'
import type { FlowTerms } from '../core/webtransport/drafts.ts'
import { BIDI_SIGNAL, BUFFERED_STREAM_REJECTED, checkSessionId, SESSION_GONE, UNI_STREAM } from '../core/webtransport/wire.ts'
import { Http3Error } from '../core/wire/http3-error.ts'
import type { Http3Session } from '../session/http3-session.ts'
import { MAX_EARLY_STREAMS } from './limits.ts'

/** A stream of the peer's: its header of so many bytes is read, `rest` is what came with it. */
export interface ArrivedStream {
  readonly quic: QuicStream
  readonly headerSize: number
  readonly rest: Uint8Array
}

/** A session as the hub knows it. */
export interface HubMember {
  /** False: it takes no more. */
  streamArrived(arrived: ArrivedStream): boolean
  /** The connection comes to an end. */
  drained(): void
}

/** Gives the peer's streams to the sessions that they name. */
export class SessionHub {
  readonly h3: Http3Session
  /** Limits of each session of the newest draft, once both ends' settings are known; null where they are none. */
  terms: FlowTerms | null = null
  /** Client: its sessions are of the newest draft. */
  isNewest = false
  #claimed = false
  readonly #members = new Map<number, HubMember>()
  /** Streams whose session is not there, oldest first. */
  #early: { readonly sessionId: number; readonly arrived: ArrivedStream }[] = []
  /** The highest session that was there: lower ones that are not have ended. */
  #highest = -1

  constructor(h3: Http3Session) {
    this.h3 = h3
    h3.takeStreams(UNI_STREAM, (quic, _type, rest) => this.#readSessionId(quic, rest))
    h3.takeSignals(BIDI_SIGNAL, (quic, id, rest) => this.#arrived(id, arrivedStream(quic, rest)))
  }

  /** Sessions that are there. */
  get size(): number {
    return this.#members.size
  }

  /** Client: takes the place of a session. False: there is no flow control, and one that does without has the connection for itself. Section 5.1. */
  claim(): boolean {
    if (this.#claimed && this.isNewest && this.terms === null) return false
    this.#claimed = true
    return true
  }

  /** A session is there; streams that came before it are its. */
  add(sessionId: number, member: HubMember): void {
    this.#members.set(sessionId, member)
    this.#highest = Math.max(this.#highest, sessionId)
    const early = this.#early
    this.#early = []
    for (const each of early) this.#arrived(each.sessionId, each.arrived)
  }

  /** A session has ended, or was refused. */
  remove(sessionId: number): void {
    this.#members.delete(sessionId)
    this.#highest = Math.max(this.#highest, sessionId)
    for (const each of this.#early) if (each.sessionId === sessionId) giveUp(each.arrived.quic, SESSION_GONE)
    this.#early = this.#early.filter((each) => each.sessionId !== sessionId)
  }

  /** The peer is shutting the connection down. Section 4.7. */
  drained(): void {
    for (const member of this.#members.values()) member.drained()
  }

  /** Reads on until the session's id is there. Section 4.2. */
  #readSessionId(quic: QuicStream, rest: Uint8Array): void {
    let held = rest
    const settle = (): boolean => {
      const reader = new Reader(held)
      try {
        const id = Number(reader.varintExact())
        quic.onreadable = undefined
        this.#arrived(id, arrivedStream(quic, held.subarray(reader.offset)))
      } catch (error) {
        if (error instanceof BytesError) return false
        throw error
      }
      return true
    }
    const readOn = (): void => {
      for (let chunk = nextOf(quic); chunk !== undefined; chunk = nextOf(quic)) {
        if (chunk === null) {
          quic.onreadable = undefined
          return
        }
        held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
        if (settle()) return
      }
    }
    if (settle()) return
    quic.onreadable = readOn
    readOn()
  }

  #arrived(id: number, arrived: ArrivedStream): void {
    let sessionId: number
    try {
      sessionId = checkSessionId(BigInt(id))
    } catch (error) {
      if (!(error instanceof Http3Error)) throw error
      this.h3.violated(error)
      return
    }
    const member = this.#members.get(sessionId)
    if (member !== undefined) {
      if (!member.streamArrived(arrived)) giveUp(arrived.quic, BUFFERED_STREAM_REJECTED)
    } else if (sessionId <= this.#highest) giveUp(arrived.quic, SESSION_GONE)
    else if (this.#early.length >= MAX_EARLY_STREAMS) giveUp(arrived.quic, BUFFERED_STREAM_REJECTED)
    else this.#early.push({ sessionId, arrived })
  }
}

function arrivedStream(quic: QuicStream, rest: Uint8Array): ArrivedStream {
  return { quic, headerSize: quic.stats.bytesRead - rest.length, rest }
}

/** Gives up both directions of a stream; the header that we wrote, of so many bytes, arrives all the same where the peer permits it. Section 4.4. */
export function giveUp(quic: QuicStream, code: number, headerSize: number = 0): void {
  quic.resetStream(code, { reliableSize: headerSize })
  quic.stopSending(code)
}

/** A stream that ended, or was reset, before it said whose it is, is nobody's. */
function nextOf(quic: QuicStream): Uint8Array | null | undefined {
  try {
    return quic.readSync()
  } catch {
    return null
  }
}
