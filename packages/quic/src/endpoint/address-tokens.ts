// Decides what an address token is worth. RFC 9000 sections 8.1.2 to 8.1.4.
import type { Address } from '@millrace/native'
import { AddressTokenCodec, kindOf, nonceOf } from './address-token-codec.ts'
import { SeenTokens } from './seen-tokens.ts'

export interface AddressTokenOptions {
  /** Secrets to seal and open tokens with, the newest first. */
  readonly secrets: readonly Uint8Array[]
  readonly retryLifetimeMillis: number
  readonly newTokenLifetimeMillis: number
}

/** What the token of a client's first packet says. */
export type TokenVerdict =
  /** The client is at the address; it was sent a Retry packet if `originalDestination` is there. `nonce`: to be spent once it is used. */
  | { readonly type: 'valid'; readonly nonce: string; readonly originalDestination: Uint8Array | null }
  /** It claims to be of a Retry, and is not: the client will not take another, so the connection cannot come about. Section 8.1.2. */
  | { readonly type: 'badRetry' }
  /** As good as none. Section 8.1.3. */
  | { readonly type: 'worthless' }

/** Tokens that live for less are not renewed faster: each costs a frame of a hundred bytes. */
const LEAST_RENEWAL_MILLIS = 60_000

const WORTHLESS: TokenVerdict = { type: 'worthless' }
const BAD_RETRY: TokenVerdict = { type: 'badRetry' }

export class AddressTokens {
  readonly codec: AddressTokenCodec
  readonly #seen = new SeenTokens()
  readonly #lifetime: { readonly retry: number; readonly newToken: number }

  constructor({ secrets, retryLifetimeMillis, newTokenLifetimeMillis }: AddressTokenOptions) {
    this.codec = new AddressTokenCodec(secrets)
    this.#lifetime = { retry: retryLifetimeMillis, newToken: newTokenLifetimeMillis }
  }

  /** A client that stays gets another token when half the life of the last one is over. */
  get renewAfterMillis(): number {
    return Math.max(this.#lifetime.newToken / 2, LEAST_RENEWAL_MILLIS)
  }

  forRetry(version: number, originalDestination: Uint8Array, retrySource: Uint8Array, remote: Address, now: number): Buffer {
    return this.codec.seal('retry', { issuedAt: now, version, originalDestination }, remote, retrySource)
  }

  forNextConnection(version: number, remote: Address, now: number): Buffer {
    return this.codec.seal('newToken', { issuedAt: now, version, originalDestination: new Uint8Array(0) }, remote, null)
  }

  /** `destination` and `version` are those of the packet that bears the token; `now` is in milliseconds since the epoch. */
  judge(token: Uint8Array, version: number, destination: Uint8Array, remote: Address, now: number): TokenVerdict {
    const kind = kindOf(token)
    if (kind === null) return WORTHLESS
    const refused = kind === 'retry' ? BAD_RETRY : WORTHLESS
    const content = this.codec.open(token, remote, kind === 'retry' ? destination : null)
    if (content === null || content.version !== version) return refused
    const age = now - content.issuedAt
    // A little before its time: the clocks of a fleet differ, or this one was set back.
    if (age > this.#lifetime[kind] || age < -this.#lifetime.retry) return refused
    const nonce = nonceOf(token)
    if (this.#seen.has(nonce)) return refused
    return { type: 'valid', nonce, originalDestination: kind === 'retry' ? content.originalDestination : null }
  }

  /** It has served a connection, and serves no other. Section 8.1.4. */
  spend(nonce: string): void {
    this.#seen.add(nonce)
  }
}
