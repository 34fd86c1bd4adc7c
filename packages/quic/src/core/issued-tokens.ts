// The tokens that a server gives a client for its next connections. A token speaks for one address and for some time, so there is another when the client
// has moved, and when the last one is half spent. It travels with what is sent anyway: a packet for its sake alone would keep a connection that
// nobody uses from ending. RFC 9000 section 8.1.3.
import type { Writer } from '@millrace/bytes'
import type { Instant } from './instant.ts'
import type { Path } from './paths/path.ts'
import type { RemoteAddress } from './paths/path-address.ts'
import type { SentPacket } from './recovery/sent-packet.ts'
import { put } from './streams/stream-control.ts'
import type { Versions } from './versions.ts'

export interface TokenSource {
  /** A token that a client may show, from this address and in this version, to be believed that it is there. */
  make(version: number, remote: RemoteAddress): Uint8Array
  /** After so long a token is replaced by a new one. */
  readonly renewAfterMillis: number
}

export interface TokenHost {
  readonly path: Path
  readonly versions: Versions
}

export class IssuedTokens {
  readonly #source: TokenSource | null
  readonly #host: TokenHost
  /** The newest, until the client has it. */
  #token: Uint8Array | null = null
  #unstated = false
  /** For whom the token is, and when it is to be replaced. */
  #path: Path | null = null
  #address = ''
  /** The first, until its time has come. */
  #ahead: { readonly token: Uint8Array; readonly path: Path; readonly version: number } | null = null
  /** Null before the first. */
  #renewAt: Instant | null = null

  /** Null: there are none to give. */
  constructor(source: TokenSource | null, host: TokenHost) {
    this.#source = source
    this.#host = host
  }

  /** Makes the first one ahead, while the client is at work: a fifteenth of what a server has left to do before it answers. */
  prepare(): void {
    const { path, versions } = this.#host
    if (this.#source === null || this.#ahead !== null || this.#renewAt !== null) return
    this.#ahead = { token: this.#source.make(versions.current, path.remote), path, version: versions.current }
  }

  /** The handshake is done, so the client is where it says. */
  begin(now: Instant): void {
    if (this.#source !== null) this.#issue(this.#source, now)
  }

  /** Whether there is one that the client does not have. */
  isDue(now: Instant): boolean {
    if (this.#renewAt === null) return false
    return this.#unstated || now >= this.#renewAt || (this.#host.path !== this.#path && this.#moved())
  }

  get wantsToSend(): boolean {
    return this.#unstated
  }

  fill(packet: SentPacket, writer: Writer, now: Instant): void {
    if (!this.#unstated) this.#issue(this.#source!, now)
    if (put({ type: 'newToken', token: this.#token! }, packet, writer)) this.#unstated = false
  }

  /** Only the newest is stated again, and only while the client may be without it. */
  lost(): void {
    this.#unstated = this.#token !== null
  }

  delivered(token: Uint8Array): void {
    if (token !== this.#token) return
    this.#token = null
    this.#unstated = false
  }

  /** Another port of the same host is served by the token that it has. */
  #moved(): boolean {
    const { path } = this.#host
    if (!path.validated) return false
    this.#path = path
    return path.remote.address !== this.#address
  }

  #issue(source: TokenSource, now: Instant): void {
    const { path, versions } = this.#host
    const ahead = this.#ahead
    this.#ahead = null
    const isFit = ahead !== null && ahead.path === path && ahead.version === versions.current
    this.#token = isFit ? ahead.token : source.make(versions.current, path.remote)
    this.#path = path
    this.#address = path.remote.address
    this.#renewAt = now + source.renewAfterMillis
    this.#unstated = true
  }
}
