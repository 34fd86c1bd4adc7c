// Logs of both ends of a session, read back. draft-ietf-quic-qlog-main-schema, RFC 7464.
import assert from 'node:assert/strict'
import type { Http3Session } from '../../src/session/http3-session.ts'

export interface LoggedEvent {
  readonly time: number
  readonly name: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface ReadLog {
  readonly schemas: readonly string[]
  readonly events: readonly LoggedEvent[]
  /** Data of HTTP/3's events of this name. */
  all(name: string): LoggedEvent['data'][]
}

/** The whole log of a session that was opened with `qlog: true`, as text, once it has ended. */
export function logOf({ quic }: Http3Session): Promise<string> {
  let text = ''
  return new Promise((resolve) => {
    quic.onqlog = (data, fin) => {
      text += data
      if (fin) resolve(text)
    }
  })
}

/** Follows the log of a session that was opened with `qlog: true`. */
export class LiveLog {
  /** All of it, once the session has ended. */
  readonly whole: Promise<string>
  #text = ''
  #waiting: { readonly words: string; readonly times: number; resolve(): void }[] = []

  constructor({ quic }: Http3Session) {
    this.whole = new Promise((resolve) => {
      quic.onqlog = (data, fin) => {
        this.#text += data
        this.#waiting = this.#waiting.filter((each) => !this.#isThere(each))
        if (fin) resolve(this.#text)
      }
    })
  }

  /** Resolves when these words stand in it so often. */
  has(words: string, times: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = { words, times, resolve }
      if (!this.#isThere(waiting)) this.#waiting.push(waiting)
    })
  }

  #isThere({ words, times, resolve }: { readonly words: string; readonly times: number; resolve(): void }): boolean {
    if (this.#text.split(words).length <= times) return false
    resolve()
    return true
  }
}

export function readLog(text: string): ReadLog {
  const records = text.split('\x1e').slice(1)
  assert.ok(text.startsWith('\x1e') && records.every((record) => record.endsWith('}\n')), 'no JSON text sequence')
  const [header, ...events] = records.map((record) => JSON.parse(record))
  return {
    schemas: header.trace.event_schemas,
    events,
    all: (name) => (events as LoggedEvent[]).filter((event) => event.name === `http3:${name}`).map(({ data }) => data),
  }
}
