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
