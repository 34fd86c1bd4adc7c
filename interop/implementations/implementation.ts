// A QUIC program in both roles, as the runner starts it: HTTP/0.9 over QUIC, ALPN `hq-interop`.
import type { Command } from '../../scripts/support/child.ts'

export interface Implementation {
  readonly name: string
  /** Why it cannot run and how to change that, in a sentence; null when it can. */
  missing(): string | null
  /** A server on 127.0.0.1, until it is stopped. */
  server(job: ServerJob): Command
  /** A client that fetches the files, one stream each, saves them under their names, and exits. */
  client(job: ClientJob): Command
}

export interface ServerJob {
  readonly port: number
  /** The folder that it serves. */
  readonly root: string
  /** PEM files. */
  readonly cert: string
  readonly key: string
}

export interface ClientJob {
  readonly port: number
  /** Names of files at the server's root. */
  readonly files: readonly string[]
  /** The folder to save into. */
  readonly downloads: string
  /** PEM file of the authority to trust; peers that cannot check certificates ignore it. */
  readonly ca: string
}
