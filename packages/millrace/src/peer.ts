// A connection on which both sides have said who they are. The control stream is the first bidirectional stream of the side that dialled
// (docs/protocol.md, section 3); it stays open as long as the connection and carries the goodbye of whoever leaves.

import { BytesError } from '@millrace/bytes'
import { QuicError, type QuicSession, type QuicStream } from '@millrace/quic'
import { errorCodeOf, MillraceError } from './error.ts'
import { CLOSE_TIMEOUT_MILLIS, HELLO_TIMEOUT_MILLIS } from './limits.ts'
import { type FrameName, frameName, frameTable } from './protocol/frame.ts'
import { FrameReader } from './protocol/frame-reader.ts'
import { FrameSender } from './protocol/frame-sender.ts'
import { decodeFarewell, decodeGreeting, encodeFarewell, encodeGreeting, type Farewell, type Greeting } from './protocol/greeting.ts'

/** Stream 0 is the first bidirectional stream of the dialling side (RFC 9000 section 2.1). */
const CONTROL_STREAM = 0n

export class Peer {
  readonly session: QuicSession
  /** Who the other side says it is. */
  readonly greeting: Greeting
  /** Resolves when the connection is gone, however it went. */
  readonly closed: Promise<MillraceError | null>
  /** Called once, when the other side wants nothing more. */
  ongoodbye: ((farewell: Farewell) => void) | undefined
  readonly #control: Control

  constructor(session: QuicSession, greeting: Greeting, control: Control) {
    this.session = session
    this.greeting = greeting
    this.#control = control
    this.closed = session.closed.then(
      () => null,
      (error: unknown) => readError(error),
    )
    void this.#listen()
  }

  /** Hears of each flow that the other side opens. Flows that come before it is set wait: a greeting and the first flow may arrive together. */
  set onflow(hear: (stream: QuicStream) => void) {
    this.session.onstream = hear
  }

  /** Says that this side leaves: the other sends nothing new, and what it has sent is still finished. */
  goodbye(reason: string): void {
    this.#control.send('GOODBYE', encodeFarewell({ code: 0, reason }))
  }

  /** Ends the connection once both sides have ended their flows and what was written has arrived, or after 5 s. */
  async close(reason = ''): Promise<void> {
    void this.#control.end()
    const late = setTimeout(() => this.session.destroy(), CLOSE_TIMEOUT_MILLIS)
    try {
      await this.session.close({ code: 0, reason })
    } catch {
      // Gone already, which is what was wanted.
    } finally {
      clearTimeout(late)
    }
  }

  /** Ends this connection, and no other, because of `error`. The peer is told the code of a fault and, where it is its own, the sentence. */
  fail(error: unknown): void {
    fail(this.session, error)
  }

  async #listen(): Promise<void> {
    try {
      for (let frame = await this.#control.next(); frame !== null; frame = await this.#control.next()) {
        if (frame.name !== 'GOODBYE') throw new MillraceError('ERR_MILLRACE_UNEXPECTED', `${frame.name} after the greeting`)
        this.ongoodbye?.(decodeFarewell(frame.body))
      }
      void this.#control.end()
    } catch (error) {
      this.fail(error)
    }
  }
}

/** The dialling side's greeting. Rejects with the code of a refusal, ERR_MILLRACE_UNREACHABLE when the connection goes meanwhile. */
export async function introduce(session: QuicSession, own: Greeting): Promise<Peer> {
  try {
    const control = new Control(await session.createBidirectionalStream())
    control.send('HELLO', encodeGreeting(own))
    const frame = await control.next()
    if (frame === null) throw new MillraceError('ERR_MILLRACE_UNREACHABLE', 'the other side ended the control stream before it answered')
    if (frame.name === 'REFUSED') throw refusal(decodeFarewell(frame.body))
    if (frame.name !== 'WELCOME') throw new MillraceError('ERR_MILLRACE_UNEXPECTED', `${frame.name} where WELCOME or REFUSED was due`)
    return new Peer(session, decodeGreeting(frame.body), control)
  } catch (error) {
    fail(session, error)
    throw error instanceof MillraceError ? error : (readError(error) ?? error)
  }
}

/**
 * The accepting side's greeting: waits for the hello, lets `decide` answer it with a greeting or throw a refusal. Null when there is no peer in
 * the end; the connection is closed then, and `complain` was told why.
 */
export function receive(
  session: QuicSession,
  decide: (hello: Greeting) => Greeting,
  complain: (error: MillraceError) => void,
): Promise<Peer | null> {
  return new Promise((resolve) => {
    let isOver = false
    const finish = (peer: Peer | null): void => {
      isOver = true
      clearTimeout(timer)
      resolve(peer)
    }
    const give = (error: unknown): void => {
      if (isOver) return
      const reason = readError(error)
      if (reason !== null) complain(reason)
      fail(session, error)
      finish(null)
    }
    const late = new MillraceError('ERR_MILLRACE_HELLO_TIMEOUT', `no hello within ${HELLO_TIMEOUT_MILLIS} ms`)
    const timer = setTimeout(give, HELLO_TIMEOUT_MILLIS, late)
    session.onstream = (stream) => {
      if (stream.id === CONTROL_STREAM) answer(session, stream, decide).then(finish, give)
      else give(new MillraceError('ERR_MILLRACE_UNEXPECTED', 'a flow before the greeting was over'))
    }
    session.closed.then(() => give(null), give)
  })
}

async function answer(session: QuicSession, stream: QuicStream, decide: (hello: Greeting) => Greeting): Promise<Peer> {
  const control = new Control(stream)
  const frame = await control.next()
  if (frame?.name !== 'HELLO') throw new MillraceError('ERR_MILLRACE_UNEXPECTED', `${frame?.name ?? 'the end'} where HELLO was due`)
  try {
    const hello = decodeGreeting(frame.body)
    const own = decide(hello)
    // Flows that come from now on wait until the peer is in its place.
    session.onstream = undefined
    control.send('WELCOME', encodeGreeting(own))
    return new Peer(session, hello, control)
  } catch (error) {
    if (error instanceof MillraceError) await control.refuse(error)
    throw error
  }
}

/** Frames of the control stream, one at a time. */
class Control {
  readonly #stream: QuicStream
  readonly #sender: FrameSender
  readonly #reader: FrameReader = new FrameReader('control')

  constructor(stream: QuicStream) {
    this.#stream = stream
    this.#sender = new FrameSender(stream)
  }

  send(name: FrameName, body: Uint8Array): void {
    this.#sender.batch.frame(frameTable[name].type, body)
    this.#sender.flush()
  }

  /** The next frame that is known here, or null at the end of the stream. */
  async next(): Promise<{ name: FrameName; body: Uint8Array } | null> {
    const reader = this.#reader
    for (;;) {
      while (reader.next()) {
        const name = frameName(reader.type)
        if (name !== null) return { name, body: reader.bytes.subarray(reader.start, reader.end) }
      }
      const chunk = await this.#stream.read()
      if (chunk !== null) reader.push(chunk)
      else if (reader.unfinished === 0) return null
      else throw new MillraceError('ERR_MILLRACE_MALFORMED', 'the control stream ends within a frame')
    }
  }

  /** Refuses, and waits until the refusal has arrived or nobody is there to read it. */
  async refuse(error: MillraceError): Promise<void> {
    this.send('REFUSED', encodeFarewell({ code: error.wire, reason: error.message }))
    await this.end()
  }

  end(): Promise<void> {
    return this.#sender.end()
  }
}

function refusal(farewell: Farewell): MillraceError {
  return new MillraceError(errorCodeOf(farewell.code) ?? 'ERR_MILLRACE_INTERNAL', farewell.reason)
}

function fail(session: QuicSession, error: unknown): void {
  const reason = readError(error)
  if (reason === null) session.destroy()
  else session.destroy(reason, { code: reason.wire, reason: reason.family === 'peer' ? reason.message : '' })
}

/** What an error of the layers below means here; null for an end without a fault. */
function readError(error: unknown): MillraceError | null {
  if (error === null || error === undefined) return null
  if (error instanceof MillraceError) return error
  if (error instanceof BytesError) return new MillraceError('ERR_MILLRACE_MALFORMED', `a frame is cut: ${error.message}`, { cause: error })
  if (error instanceof QuicError) {
    const code = error.type === 'application' ? errorCodeOf(Number(error.errorCode)) : null
    return new MillraceError(code ?? 'ERR_MILLRACE_UNREACHABLE', error.reason || error.message, { cause: error })
  }
  return new MillraceError('ERR_MILLRACE_INTERNAL', error instanceof Error ? error.message : String(error), { cause: error })
}
