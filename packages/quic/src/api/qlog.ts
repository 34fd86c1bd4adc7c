// The qlog of one session: into a file of the directory that QLOGDIR names, and to `session.onqlog` where the option `qlog` is set.
// draft-ietf-quic-qlog-main-schema, sections on JSON-SEQ and on environment variables.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Connection } from '../core/connection.ts'
import type { QlogSink } from '../core/qlog/sink.ts'

/** Hears the log of a session piece by piece, as JSON-SEQ; `fin` with the last piece. */
export type OnQlog = (data: string, fin: boolean) => void

/** What an application protocol adds to a session's log. */
export interface QlogWriter {
  /** One event, its name with the protocol's namespace: `http3:frame_created`. */
  event(name: string, data: object): void
}

/** Characters kept for an `onqlog` that is not set yet; what goes beyond is lost, the oldest first. */
const MOST_KEPT = 16 * 1024 * 1024

/** A sink for the next connection; null if nobody wants its log. @internal */
export function qlogSink(wanted: boolean, environment: { readonly QLOGDIR?: string | undefined } = process.env): SessionQlog | null {
  const directory = environment.QLOGDIR
  const toFile = directory !== undefined && directory !== ''
  return wanted || toFile ? new SessionQlog(toFile ? directory : null, wanted) : null
}

/** The log that a connection was given by `qlogSink`, if it has one. @internal */
export function qlogOfSession(connection: Connection): SessionQlog | null {
  const sink = connection.qlog?.sink
  return sink instanceof SessionQlog ? sink : null
}

/** For the application protocol on a connection; null if it has no log. @internal */
export function qlogWriter({ qlog }: Connection): QlogWriter | null {
  return qlog === null ? null : { event: (name, data) => qlog.application(name, data, performance.now()) }
}

/** Records of one turn of the event loop go out together. @internal */
export class SessionQlog implements QlogSink {
  readonly #directory: string | null
  readonly #toSession: boolean
  #file: number | null = null
  #turn: string[] = []
  #scheduled = false
  #kept: string[] = []
  #keptLength = 0
  #ended = false
  #finSaid = false
  #onqlog: OnQlog | undefined

  constructor(directory: string | null, toSession: boolean) {
    this.#directory = directory
    this.#toSession = toSession
  }

  get onqlog(): OnQlog | undefined {
    return this.#onqlog
  }

  /** Hears first what was kept for it. */
  set onqlog(onqlog: OnQlog | undefined) {
    this.#onqlog = onqlog
    this.#schedule()
  }

  begin(name: string): void {
    if (this.#directory === null) return
    try {
      mkdirSync(this.#directory, { recursive: true })
      this.#file = openSync(join(this.#directory, `${name}.sqlog`), 'a', 0o600)
    } catch (cause) {
      warn(cause)
    }
  }

  wallClockTime(): string {
    return new Date().toISOString()
  }

  write(record: string): void {
    this.#turn.push(record)
    this.#schedule()
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    const data = this.#turn.join('')
    this.#turn = []
    if (this.#file !== null) {
      const written = data === '' || append(this.#file, data)
      if (this.#ended || !written) {
        closeSync(this.#file)
        this.#file = null
      }
    }
    if (this.#toSession) this.#tell(data)
  }

  #tell(data: string): void {
    if (data !== '') this.#keep(data)
    if (this.#onqlog === undefined || this.#finSaid || (this.#keptLength === 0 && !this.#ended)) return
    const all = this.#kept.join('')
    this.#kept = []
    this.#keptLength = 0
    this.#finSaid = this.#ended
    this.#onqlog(all, this.#ended)
  }

  #keep(data: string): void {
    this.#kept.push(data)
    this.#keptLength += data.length
    while (this.#keptLength > MOST_KEPT) this.#keptLength -= this.#kept.shift()!.length
  }
}

function append(file: number, data: string): boolean {
  try {
    writeSync(file, data)
    return true
  } catch (cause) {
    warn(cause)
    return false
  }
}

/** A full disk or too many open files end the log, not the session. */
function warn(cause: unknown): void {
  process.emitWarning(`A session goes on without its qlog: ${cause instanceof Error ? cause.message : String(cause)}`, {
    code: 'MILLRACE_QLOG',
  })
}
