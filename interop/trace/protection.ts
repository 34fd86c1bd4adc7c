// Takes the protection off packets: RFC 9001 section 5, with the labels and salts of version 2 by RFC 9369 section 3.3. Written on
// node:crypto alone, so that what judges Millrace shares nothing with it.
import { type CipherGCMTypes, createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import type { Side } from './recorded.ts'

export const VERSION_1 = 0x00000001
export const VERSION_2 = 0x6b3343cf

const TAG_LENGTH = 16

interface Labels {
  readonly salt: Buffer
  readonly prefix: string
}

const V1: Labels = { salt: Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex'), prefix: 'quic ' }
const V2: Labels = { salt: Buffer.from('0dede3def700a6db819381be6e269dcbf9bd2ed9', 'hex'), prefix: 'quicv2 ' }

export interface Suite {
  readonly hash: 'sha256' | 'sha384'
  readonly cipher: CipherGCMTypes | 'chacha20-poly1305'
  readonly keyLength: number
  readonly mask: 'aes-128-ecb' | 'aes-256-ecb' | 'chacha20'
}

/** By TLS code point, RFC 8446 appendix B.4. */
export const SUITES: Readonly<Record<number, Suite>> = {
  4865: { hash: 'sha256', cipher: 'aes-128-gcm', keyLength: 16, mask: 'aes-128-ecb' },
  4866: { hash: 'sha384', cipher: 'aes-256-gcm', keyLength: 32, mask: 'aes-256-ecb' },
  4867: { hash: 'sha256', cipher: 'chacha20-poly1305', keyLength: 32, mask: 'chacha20' },
}

const INITIAL_SUITE = SUITES[0x1301] as Suite

export class Keys {
  readonly #suite: Suite
  readonly #labels: Labels
  readonly #secret: Buffer
  readonly #key: Buffer
  readonly #iv: Buffer
  readonly #headerKey: Buffer

  /** `headerKey` is given when keys were updated: header protection stays (RFC 9001 section 6). */
  constructor(suite: Suite, version: number, secret: Buffer, headerKey?: Buffer) {
    const labels = version === VERSION_2 ? V2 : V1
    this.#suite = suite
    this.#labels = labels
    this.#secret = secret
    this.#key = expand(suite.hash, secret, `${labels.prefix}key`, suite.keyLength)
    this.#iv = expand(suite.hash, secret, `${labels.prefix}iv`, 12)
    this.#headerKey = headerKey ?? expand(suite.hash, secret, `${labels.prefix}hp`, suite.keyLength)
  }

  /** RFC 9001 section 5.2. */
  static initial(version: number, destination: Buffer, side: Side): Keys {
    const { salt } = version === VERSION_2 ? V2 : V1
    const initial = createHmac('sha256', salt).update(destination).digest()
    return new Keys(INITIAL_SUITE, version, expand('sha256', initial, side === 'client' ? 'client in' : 'server in', 32))
  }

  /** The keys of the next key phase, RFC 9001 section 6.1. */
  updated(): Keys {
    const secret = expand(this.#suite.hash, this.#secret, `${this.#labels.prefix}ku`, this.#secret.length)
    return new Keys(this.#suite, this.#labels === V2 ? VERSION_2 : VERSION_1, secret, this.#headerKey)
  }

  /** Five bytes of header protection, RFC 9001 sections 5.4.3 and 5.4.4. */
  mask(sample: Buffer): Buffer {
    if (this.#suite.mask === 'chacha20') return createCipheriv('chacha20', this.#headerKey, sample).update(Buffer.alloc(5))
    return createCipheriv(this.#suite.mask, this.#headerKey, null).update(sample)
  }

  /** The payload, or null when it is not authentic. */
  open(header: Buffer, number: number, sealed: Buffer): Buffer | null {
    if (sealed.length < TAG_LENGTH) return null
    const nonce = Buffer.from(this.#iv)
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ (number >>> 0)) >>> 0, 8)
    const decipher = createDecipheriv(this.#suite.cipher as CipherGCMTypes, this.#key, nonce, { authTagLength: TAG_LENGTH })
    decipher.setAAD(header)
    decipher.setAuthTag(sealed.subarray(-TAG_LENGTH))
    const payload = decipher.update(sealed.subarray(0, -TAG_LENGTH))
    try {
      decipher.final()
    } catch {
      return null
    }
    return payload
  }
}

/** HKDF-Expand-Label with an empty context, RFC 8446 section 7.1; `length` is that of one block at most. */
function expand(hash: Suite['hash'], secret: Buffer, label: string, length: number): Buffer {
  const name = `tls13 ${label}`
  const info = Buffer.concat([Buffer.of(length >> 8, length & 0xff, name.length), Buffer.from(name), Buffer.of(0, 1)])
  return createHmac(hash, secret).update(info).digest().subarray(0, length)
}
