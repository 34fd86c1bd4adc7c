// A QUIC program in both roles, as the runner starts it: HTTP/0.9 over QUIC, ALPN `hq-interop`.
import type { Command } from '../../scripts/support/child.ts'
import type { Behaviour } from '../cases.ts'

/** Why a case cannot be run, by its name. */
export type Lacks = Readonly<Record<string, string>>

export interface Implementation {
  readonly name: string
  /** What it does not have, as the one or the other. */
  readonly lacks: { readonly client: Lacks; readonly server: Lacks }
  /** Why it cannot run and how to change that, in a sentence; null when it can. */
  missing(): string | null
  /** Null when nobody knows. */
  version(): string | null
  /** A host of this machine, for a server that can receive elsewhere what comes to its preferred address; the relay holds the address itself. */
  readonly preferredHost?: string
  /** A server, until it is stopped. */
  server(job: ServerJob): Command
  /**
   * Clients, to be run one after the other, that fetch the files, one stream each, save them under their names, and exit. With
   * `multiconnect` each file comes over a connection of its own; with `resumption` and `zerortt` the first file comes over one, the
   * others over a second.
   */
  client(job: ClientJob): readonly Command[]
}

export interface ServerJob {
  readonly behaviour: Behaviour
  /** A literal IP address. */
  readonly host: string
  readonly port: number
  /** The folder that it serves. */
  readonly root: string
  /** PEM files: the server's certificate first, and the chain behind it. */
  readonly cert: string
  readonly key: string
  /** Another port of the host, to be named as the preferred address. */
  readonly preferredPort: number | null
}

export interface ClientJob {
  readonly behaviour: Behaviour
  /** A literal IP address; the certificate is for `localhost` as well. */
  readonly host: string
  readonly port: number
  /** Names of files at the server's root. */
  readonly files: readonly string[]
  /** The folder to save into. */
  readonly downloads: string
  /** PEM file of the authority to trust; peers that cannot check certificates ignore it. */
  readonly ca: string
  /** A folder for what is kept from one connection to the next. */
  readonly state: string
}

/** A host as it stands in a URL. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
