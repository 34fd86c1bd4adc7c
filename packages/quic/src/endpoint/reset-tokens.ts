// Stateless reset tokens: ours, made of connection ids by a secret, and the peers', by which we know that one has forgotten a connection.
// RFC 9000 sections 10.3.1 and 10.3.2.

import { createHash, randomBytes } from 'node:crypto'
import { ChurnMap, ChurnSet, copyOf } from '@millrace/bytes'
import { keyedHash } from '@millrace/native'
import { RESET_TOKEN_LENGTH } from '../core/wire/connection-id.ts'
import type { Member } from './member.ts'

/** Of SHA-256, bytes. */
const HASH_BLOCK = 64

/** Tokens that wait to be hashed until one is looked for: few datagrams need that, and most connections end before. More would be a stall when it happens. */
const MAX_UNHASHED = 256

export class ResetTokens {
  readonly #secret: Uint8Array
  /** The peers' tokens go through a keyed hash of our own before they are looked up, so that the time this takes tells nothing of them. */
  readonly #lookupSecret: Uint8Array = randomBytes(32)
  readonly #inUse = new ChurnMap<string, Member>()
  /** Whose tokens are not in there yet; the oldest first. */
  readonly #unhashed = new ChurnSet<Member>()

  constructor(secret: Uint8Array) {
    // As HMAC has it for keys longer than a block of its hash. RFC 2104 section 2.
    this.#secret = secret.length > HASH_BLOCK ? createHash('sha256').update(secret).digest() : secret
  }

  /** The token of a connection id of ours. */
  of(connectionId: Uint8Array): Uint8Array {
    return copyOf(keyedHash(this.#secret, connectionId), 0, RESET_TOKEN_LENGTH)
  }

  /** Takes note of the token that belongs to the id under which a connection reaches its peer now. */
  watch(member: Member): void {
    const { resetToken } = member.connection.remoteIds
    if (resetToken === member.resetToken && member.watcher === this) return
    this.forget(member)
    member.resetToken = resetToken
    member.watcher = this
    if (resetToken === null) return
    this.#unhashed.add(member)
    if (this.#unhashed.size > MAX_UNHASHED) this.#hash(this.#unhashed.values().next().value!)
  }

  /** Wherever the token is looked for: a connection that has moved left it at the endpoint before. */
  forget(member: Member): void {
    const { resetToken, watcher } = member
    if (resetToken !== null && watcher !== null && !watcher.#unhashed.delete(member)) watcher.#inUse.delete(watcher.#keyOf(resetToken))
    member.resetToken = null
    member.watcher = null
  }

  /** The connection that a datagram with this end resets. */
  find(bytes: Buffer, end: number): Member | undefined {
    if (this.#unhashed.size > 0) for (const member of this.#unhashed) this.#hash(member)
    return this.#inUse.size === 0 ? undefined : this.#inUse.get(this.#keyOf(bytes.subarray(end - RESET_TOKEN_LENGTH, end)))
  }

  #hash(member: Member): void {
    this.#unhashed.delete(member)
    this.#inUse.set(this.#keyOf(member.resetToken!), member)
  }

  #keyOf(token: Uint8Array): string {
    return keyedHash(this.#lookupSecret, token).toString('latin1')
  }
}
