// Address tokens: what a server gives a client to show again, so that it need not remember who lives where. Sealed with AES-128-GCM, bound to the
// address and to time. RFC 9000 sections 8.1.3 and 8.1.4.
//
//   kind (1)  key id (1)  nonce (12)  { issued at, ms (6)  version (4)  original destination id (0 to 20) } sealed  tag (16)
import { Buffer } from 'node:buffer'
import { hkdfSync } from 'node:crypto'
import { type Address, openMessage, sealMessage } from '@millrace/native'
import { MAX_TOKEN_SECRETS } from './limits.ts'
import { RandomPool } from './random-pool.ts'

/** Bytes that tell our kinds of token apart at a glance, before anything is proved: only one of them, when it is wrong, ends the connection. */
const KIND = { retry: 0x52, newToken: 0x4e } as const
export type TokenKind = keyof typeof KIND

const NONCE_LENGTH = 12
const TAG_LENGTH = 16
const HEAD_LENGTH = 2 + NONCE_LENGTH
const TIME_LENGTH = 6
const FIXED_LENGTH = TIME_LENGTH + 4

export interface TokenContent {
  /** Milliseconds since the epoch: tokens outlive processes. */
  readonly issuedAt: number
  readonly version: number
  /** Of a Retry token: the destination id of the client's first packet. Empty otherwise. */
  readonly originalDestination: Uint8Array
}

interface TokenKey {
  readonly id: number
  readonly key: Uint8Array
}

export class AddressTokenCodec {
  /** The newest first: that one seals, all of them open. */
  #keys: readonly TokenKey[]
  readonly #random = new RandomPool()

  /** `secrets`, the newest first, 16 bytes each at least; who shares them shares the tokens. */
  constructor(secrets: readonly Uint8Array[]) {
    this.#keys = secrets.slice(0, MAX_TOKEN_SECRETS).map(keyOf)
  }

  /** Tokens are sealed with a new secret from now on; those of the MAX_TOKEN_SECRETS - 1 before still count. */
  rotate(secret: Uint8Array): void {
    this.#keys = [keyOf(secret), ...this.#keys].slice(0, MAX_TOKEN_SECRETS)
  }

  /** `retrySource` is the source id of the Retry packet that carries the token; a client shows it as its destination. */
  seal(kind: TokenKind, content: TokenContent, remote: Address, retrySource: Uint8Array | null): Buffer {
    const { id, key } = this.#keys[0]!
    const head = Buffer.concat([Uint8Array.of(KIND[kind], id), this.#random.take(NONCE_LENGTH)])
    const plain = Buffer.alloc(FIXED_LENGTH + content.originalDestination.length)
    plain.writeUIntBE(content.issuedAt, 0, TIME_LENGTH)
    plain.writeUInt32BE(content.version, TIME_LENGTH)
    plain.set(content.originalDestination, FIXED_LENGTH)
    return Buffer.concat([head, sealMessage(key, head.subarray(2), bound(head, remote, retrySource), plain)])
  }

  /** Null if it was not made with one of our keys, for this address and id. */
  open(token: Uint8Array, remote: Address, retrySource: Uint8Array | null): TokenContent | null {
    if (token.length < HEAD_LENGTH + FIXED_LENGTH + TAG_LENGTH) return null
    const head = token.subarray(0, HEAD_LENGTH)
    const text = bound(head, remote, retrySource)
    for (const { id, key } of this.#keys) {
      // An id of one byte spares most trials and settles nothing: two secrets of a few may well have the same.
      const plain = id === head[1] ? openMessage(key, head.subarray(2), text, token.subarray(HEAD_LENGTH)) : null
      if (plain !== null) return contentOf(plain)
    }
    return null
  }
}

function contentOf(plain: Buffer): TokenContent {
  return {
    issuedAt: plain.readUIntBE(0, TIME_LENGTH),
    version: plain.readUInt32BE(TIME_LENGTH),
    originalDestination: new Uint8Array(plain.subarray(FIXED_LENGTH)),
  }
}

/** What a token claims to be; null for nothing of ours. */
export function kindOf(token: Uint8Array): TokenKind | null {
  return token[0] === KIND.retry ? 'retry' : token[0] === KIND.newToken ? 'newToken' : null
}

/** Tells one token from all others. */
export function nonceOf(token: Uint8Array): string {
  return Buffer.from(token.buffer, token.byteOffset, token.length).toString('latin1', 2, HEAD_LENGTH)
}

/** The key's id is derived too, so that a fleet which shares secrets need not agree on numbers. */
function keyOf(secret: Uint8Array): TokenKey {
  const derived = new Uint8Array(hkdfSync('sha256', secret, '', 'millrace address token', 17))
  return { id: derived[16]!, key: derived.subarray(0, 16) }
}

/** A Retry token holds for the very path and id; one for the future for the host, whose port will be another. */
function bound(head: Uint8Array, remote: Address, retrySource: Uint8Array | null): Buffer {
  const place = retrySource === null ? remote.address : `${remote.address}\n${remote.port}`
  return Buffer.concat([head, Buffer.from(place), ...(retrySource === null ? [] : [Uint8Array.of(0), retrySource])])
}
