// AES-GCM with two foreign calls for a packet in place of five: OpenSSL does all of a record of TLS 1.2 at once, additional data, text and tag, and takes
// packets of QUIC for such if their headers are 13 bytes long, as the additional data of records are. RFC 5288 section 3, EVP_EncryptInit(3).
//
// Two things are as records have them, and not as packets do. Before the text are eight bytes for the explicit part of the nonce: written over when a packet is
// sealed, read when one is opened. Here these are the end of the header, which is kept and put back. And the end of the additional data is the length of a
// record, from which OpenSSL takes away what is no text: here the end of the packet number, to which so much is added before. A number for which that does
// not fit 16 bits, one in 2,700, is for those who do without.
import { Buffer } from 'node:buffer'
import { createCipheriv } from 'node:crypto'
import { Arena, addressOf } from '../arena.ts'
import { opensslFailure } from '../binding/error-queue.ts'
import type { OpenSsl } from '../binding/openssl.ts'
import { ADDITIONAL_DATA, nonceParameter, recordParameters } from '../binding/parameters.ts'
import { KEEP, type SharedContexts } from './shared-contexts.ts'
import type { CipherSuite } from './suites.ts'
import { TAG_LENGTH } from './tag.ts'

/** Bytes of the headers that it is for: EVP_AEAD_TLS1_AAD_LEN. */
export const RECORD_HEADER = 13
/** Bytes of the explicit part of the nonce: EVP_GCM_TLS_EXPLICIT_IV_LEN. */
const EXPLICIT = 8
/** Where in a header the bytes begin that stand in for those. */
const EXPLICIT_AT = RECORD_HEADER - EXPLICIT
/** Where in a header OpenSSL sees a length, of two bytes. */
const LENGTH_AT = RECORD_HEADER - 2
const MAX_LENGTH = 0xffff

/** What OpenSSL takes from that length. */
const SEALING = EXPLICIT
const OPENING = EXPLICIT + TAG_LENGTH

/** Where its two inputs lie, beside each other. */
const ADDITIONAL = 0
const NONCE = 16

export class RecordMode {
  readonly #ssl: OpenSsl
  readonly #inputs = Arena.allocate(32)
  readonly #view = this.#inputs.view
  readonly #parameters: Arena
  readonly #parametersAt: number
  readonly #nonceParameter: Arena

  constructor(ssl: OpenSsl) {
    this.#ssl = ssl
    const inputs = addressOf(this.#inputs)
    this.#parameters = recordParameters(inputs + NONCE, inputs + ADDITIONAL, RECORD_HEADER)
    this.#parametersAt = addressOf(this.#parameters)
    this.#nonceParameter = nonceParameter(inputs + NONCE)
  }

  /**
   * Lets a context open records for as long as it lives: it was given a whole nonce once. From then on it takes the explicit part from each record, and the
   * part before it from the nonce that came with the key. `isSound` tells whether that did it.
   */
  prepareOpening(context: number): void {
    this.#ssl.EVP_CIPHER_CTX_set_params(context, addressOf(this.#nonceParameter))
  }

  /**
   * Encrypts one packet in place with the key that is in `context` and the IV at `ivAt`. The caller has checked that its header is of 13 bytes, `fits`, and
   * that all of it and 16 bytes behind it are inside the memory. False if OpenSSL fails.
   */
  seal(context: number, memory: Arena, start: number, payloadLength: number, iv: DataView, ivAt: number, packetNumber: number): boolean {
    const { view } = memory
    const high = view.getUint32(start + EXPLICIT_AT)
    const low = view.getUint32(start + EXPLICIT_AT + 4)
    const to = this.#view
    // RFC 9001 section 5.3.
    const lowNumber = packetNumber >>> 0
    to.setUint32(NONCE, iv.getUint32(ivAt))
    to.setUint32(NONCE + 4, iv.getUint32(ivAt + 4) ^ ((packetNumber - lowNumber) / 0x100000000))
    to.setUint32(NONCE + 8, iv.getUint32(ivAt + 8) ^ lowNumber)
    this.#tell(context, view, start, SEALING, this.#parametersAt)
    const done = this.#run(context, memory, start, payloadLength)
    view.setUint32(start + EXPLICIT_AT, high)
    view.setUint32(start + EXPLICIT_AT + 4, low)
    return done
  }

  /** Decrypts one with the key in `context`, which was prepared, and the IV at `ivAt`, whose beginning the context has. False if the tag does not match. */
  open(context: number, memory: Arena, start: number, payloadLength: number, iv: DataView, ivAt: number, packetNumber: number): boolean {
    const { view } = memory
    const high = view.getUint32(start + EXPLICIT_AT)
    const low = view.getUint32(start + EXPLICIT_AT + 4)
    this.#tell(context, view, start, OPENING, this.#parametersAt + ADDITIONAL_DATA)
    const lowNumber = packetNumber >>> 0
    view.setUint32(start + EXPLICIT_AT, iv.getUint32(ivAt + 4) ^ ((packetNumber - lowNumber) / 0x100000000))
    view.setUint32(start + EXPLICIT_AT + 4, iv.getUint32(ivAt + 8) ^ lowNumber)
    const done = this.#run(context, memory, start, payloadLength)
    view.setUint32(start + EXPLICIT_AT, high)
    view.setUint32(start + EXPLICIT_AT + 4, low)
    return done
  }

  /** Gives OpenSSL the additional data, of whose length it takes so much away, and what else is in `parameters`. */
  #tell(context: number, header: DataView, start: number, taken: number, parameters: number): void {
    const view = this.#view
    view.setUint32(ADDITIONAL, header.getUint32(start))
    view.setUint32(ADDITIONAL + 4, header.getUint32(start + 4))
    view.setUint32(ADDITIONAL + 8, header.getUint32(start + 8))
    view.setUint16(ADDITIONAL + LENGTH_AT, header.getUint16(start + LENGTH_AT) + taken)
    // One that took no parameters would take the packet for text alone.
    if (this.#ssl.EVP_CIPHER_CTX_set_params(context, parameters) !== 1) throw opensslFailure('OpenSSL takes no additional data.')
  }

  #run(context: number, memory: Arena, start: number, payloadLength: number): boolean {
    const at = addressOf(memory) + start + EXPLICIT_AT
    return this.#ssl.EVP_Cipher(context, at, at, EXPLICIT + payloadLength + TAG_LENGTH) >= 0
  }

  /**
   * Whether the OpenSSL at hand has it, as all since 1.1 have: a packet is sealed as Node does it, and opened again, but not once a bit has changed. Contexts without a
   * tenant are used.
   */
  isSound(suite: CipherSuite, sealing: SharedContexts, opening: SharedContexts): boolean {
    const ssl = this.#ssl
    const text = 32
    const end = RECORD_HEADER + text
    const memory = Arena.allocate(end + TAG_LENGTH)
    const key = Arena.allocate(suite.keyLength)
    // Of a packet with number 0.
    const nonce = Arena.from(Buffer.from('nonce of 12.'))
    const cipher = createCipheriv(suite.aead.toLowerCase() as 'aes-128-gcm', key.bytes, nonce.bytes)
    cipher.setAAD(memory.bytes.subarray(0, RECORD_HEADER))
    const sealed = Buffer.concat([
      Buffer.alloc(RECORD_HEADER),
      cipher.update(memory.bytes.subarray(RECORD_HEADER, end)),
      cipher.final(),
      cipher.getAuthTag(),
    ])
    const [seal, open] = [sealing, opening].map((contexts) => {
      const context = contexts.contextOf(NOBODY)
      ssl.EVP_CipherInit_ex(context, 0, 0, addressOf(key), addressOf(nonce), KEEP)
      return context
    }) as [number, number]
    const opens = () => this.open(open, memory, 0, text, nonce.view, 0, 0)
    const isSealed = this.seal(seal, memory, 0, text, nonce.view, 0, 0) && sealed.equals(memory.bytes)
    const isOpened = opens() && memory.bytes.subarray(0, end).every((byte) => byte === 0)
    sealed.copy(memory.bytes)
    memory.bytes[end - 1]! ^= 1
    return isSealed && isOpened && !opens()
  }
}

/** Whose key counts for none. */
const NOBODY = { serial: 0 }

/** Whether a header is one that this is for, its packet number not protected. */
export function fitsRecord(view: DataView, start: number, headerLength: number): boolean {
  return headerLength === RECORD_HEADER && view.getUint16(start + LENGTH_AT) <= MAX_LENGTH - OPENING
}
