// What seals a server's session tickets: AES-256-CBC and HMAC-SHA256, both OpenSSL's. The newest key seals; those before it still open, so that clients
// come back over a rotation. SSL_CTX_set_tlsext_ticket_key_evp_cb(3), RFC 5077 section 4, RFC 8446 section 4.6.1.
import { Buffer } from 'node:buffer'
import { hkdfSync, randomBytes, randomFillSync } from 'node:crypto'
import { Arena, addressOf } from '../arena.ts'
import { foreignMemory } from '../binding/foreign-memory.ts'
import { once } from '../binding/load.ts'
import { type OpenSsl, openSsl } from '../binding/openssl.ts'
import { macParameters } from '../binding/parameters.ts'
import { NativeError } from '../error.ts'
import { TICKET_KEY } from './constants.ts'

/** Keys that open tickets: the newest and three before. Rotated once a day, tickets last three days at least. */
export const MAX_TICKET_KEYS = 4
/** Bytes of a secret that keys are made of. */
const LEAST_SECRET = 32

const NAME_LENGTH = 16
const KEY_LENGTH = 32
const IV_LENGTH = 16
/** Initialization vectors that are fetched at once. */
const IVS = 64

export class TicketKeys {
  /** The newest first. */
  #keys: TicketKey[]
  /** Fetched many at once: to ask the kernel's generator takes as long as all else of a ticket. */
  readonly #ivs = Buffer.alloc(IVS * IV_LENGTH)
  #ivsUsed: number = IVS * IV_LENGTH

  /** `secrets`, the newest first; servers that share them take each other's tickets. Throws `NativeError` (`ERR_NATIVE_OPTION`) for one that is too short. */
  constructor(secrets: readonly Uint8Array[]) {
    if (secrets.length < 1 || secrets.length > MAX_TICKET_KEYS)
      throw new NativeError('ERR_NATIVE_OPTION', `ticketKey has ${secrets.length} keys; there may be 1 to ${MAX_TICKET_KEYS}.`)
    this.#keys = secrets.map((secret) => new TicketKey(secret))
  }

  /** Tickets are sealed with a new key from now on. */
  rotate(secret: Uint8Array = randomBytes(LEAST_SECRET)): void {
    this.#keys.unshift(new TicketKey(secret))
    for (const key of this.#keys.splice(MAX_TICKET_KEYS)) key.forget()
  }

  /** OpenSSL asks for the newest key: writes its name and an initialization vector, and sets both contexts up. Returns OpenSSL's answer. */
  seal(nameAt: number, ivAt: number, cipherContext: number, macContext: number): number {
    const foreign = foreignMemory()
    const key = this.#keys[0]!
    foreign.write(nameAt, key.name)
    foreign.write(ivAt, this.#newIv())
    return key.use(cipherContext, macContext, ivAt, true) ? TICKET_KEY.sealing : TICKET_KEY.failed
  }

  #newIv(): Uint8Array {
    if (this.#ivsUsed === this.#ivs.length) {
      randomFillSync(this.#ivs)
      this.#ivsUsed = 0
    }
    this.#ivsUsed += IV_LENGTH
    return this.#ivs.subarray(this.#ivsUsed - IV_LENGTH, this.#ivsUsed)
  }

  /** OpenSSL asks for the key with this name, to open a ticket. Returns its answer: the client gets another ticket, for each serves once (RFC 8446 appendix C.4). */
  open(nameAt: number, ivAt: number, cipherContext: number, macContext: number): number {
    const name = foreignMemory().read(nameAt, NAME_LENGTH)
    const key = this.#keys.find((each) => each.name.equals(name))
    if (key === undefined) return TICKET_KEY.unknown
    return key.use(cipherContext, macContext, ivAt, false) ? TICKET_KEY.openAndRenew : TICKET_KEY.failed
  }
}

class TicketKey {
  readonly name: Buffer
  /** Key for HMAC, then key for AES: C reads them where they lie. */
  readonly #keys: Arena
  readonly #parameters: Arena

  constructor(secret: Uint8Array) {
    if (secret.length < LEAST_SECRET)
      throw new NativeError('ERR_NATIVE_OPTION', `ticketKey has ${secret.length} bytes; ${LEAST_SECRET} are the least.`)
    const derived = Buffer.from(hkdfSync('sha256', secret, '', 'millrace session tickets', NAME_LENGTH + 2 * KEY_LENGTH))
    this.name = Buffer.from(derived.subarray(0, NAME_LENGTH))
    this.#keys = Arena.from(derived.subarray(NAME_LENGTH))
    this.#parameters = macParameters('SHA256', addressOf(this.#keys), KEY_LENGTH)
    derived.fill(0)
  }

  use(cipherContext: number, macContext: number, ivAt: number, sealing: boolean): boolean {
    const ssl = openSsl()
    return (
      ssl.EVP_CipherInit_ex(cipherContext, aes256Cbc().cipher, 0, addressOf(this.#keys) + KEY_LENGTH, ivAt, sealing ? 1 : 0) === 1 &&
      ssl.EVP_MAC_CTX_set_params(macContext, addressOf(this.#parameters)) === 1
    )
  }

  forget(): void {
    this.#keys.bytes.fill(0)
  }
}

/** OpenSSL's, for as long as the thread lives. */
const aes256Cbc = once(() => {
  const ssl: OpenSsl = openSsl()
  return { cipher: ssl.EVP_CIPHER_fetch(0, 'AES-256-CBC', null) }
})
