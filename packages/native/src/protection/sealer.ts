// Sealing packets: AEAD, then header protection, in place. RFC 9001 sections 5.3 and 5.4.
//
// The hot path: no allocation, and two foreign calls for a packet of a run whose header suits (record-mode.ts), six for others.
import { type Arena, addressOf, outOfRange } from '../arena.ts'
import { opensslFailure } from '../binding/error-queue.ts'
import { openSsl } from '../binding/openssl.ts'
import { checkRun, PacketKey, SAMPLE_LENGTH, SAMPLE_OFFSET } from './packet-key.ts'
import type { CipherSuite } from './suites.ts'
import { GET_TAG, TAG_LENGTH } from './tag.ts'
import { type KeyLabels, LABELS_1 } from './versions.ts'

/** Seals what we send at one level, with the keys of one key phase. */
export class Sealer {
  readonly #ssl = openSsl()
  readonly #key: PacketKey
  #sealed = 0

  private constructor(key: PacketKey) {
    this.#key = key
  }

  /** By a traffic secret, which is copied; `labels` are those of the version of QUIC, by default of version 1. RFC 9001 section 5.1. */
  static fromSecret(suite: CipherSuite, secret: Uint8Array, labels: KeyLabels = LABELS_1): Sealer {
    return new Sealer(new PacketKey('seal', suite, secret, labels))
  }

  /** By what protects Initial packets, which is no secret: it is not wiped. RFC 9001 section 5.2. */
  static initial(suite: CipherSuite, secret: Uint8Array, labels: KeyLabels): Sealer {
    return new Sealer(new PacketKey('seal', suite, secret, labels, null, true))
  }

  get suite(): CipherSuite {
    return this.#key.suite
  }

  /** Packets sealed with these keys. */
  get sealed(): number {
    return this.#sealed
  }

  /** How many packets these keys may seal: whoever counts on them updates the keys or closes before that. RFC 9001 section 6.6. */
  get sealLimit(): number {
    return this.#key.suite.sealLimit
  }

  /**
   * Encrypts one packet in place and protects its header. The header is [start, start + headerLength), its last `packetNumberLength` bytes
   * (1 to 4) the truncated packet number; the payload follows, and after it are 16 bytes of room for the tag. The payload must be at least
   * 4 - packetNumberLength bytes long, so that a sample exists. Throws `NativeError` if any of that is not so.
   */
  seal(memory: Arena, start: number, headerLength: number, packetNumberLength: number, payloadLength: number, packetNumber: number): void {
    const packetNumberOffset = start + headerLength - packetNumberLength
    const sample = packetNumberOffset + SAMPLE_OFFSET
    const end = start + headerLength + payloadLength + TAG_LENGTH
    if (!(packetNumberOffset > start && packetNumberLength >= 1 && packetNumberLength <= 4)) outOfRange(start, headerLength, memory.size)
    if (!(sample + SAMPLE_LENGTH <= end)) outOfRange(start, end - start, memory.size)
    this.encrypt(memory, start, headerLength, payloadLength, packetNumber)
    protectHeader(memory.bytes, start, packetNumberOffset, packetNumberLength, this.#key.mask(addressOf(memory) + sample), 0)
  }

  /** The first half of `seal`: what a packet says is encrypted, and its header stays as it is, until `protect`. Throws as that does. */
  encrypt(memory: Arena, start: number, headerLength: number, payloadLength: number, packetNumber: number): void {
    const key = this.#key
    key.check()
    const payload = start + headerLength
    // Written so that NaN fails too.
    if (!(start >= 0 && headerLength >= 1 && payloadLength >= 0 && payload + payloadLength + TAG_LENGTH <= memory.size))
      outOfRange(start, headerLength + payloadLength + TAG_LENGTH, memory.size)
    const isSealed = key.fitsRecord(memory.view, start, headerLength)
      ? key.sealRecord(memory, start, payloadLength, packetNumber)
      : this.#encrypt(memory, start, headerLength, payloadLength, packetNumber)
    if (!isSealed) throw opensslFailure('A packet could not be sealed.')
    this.#sealed++
  }

  /**
   * The second half, of `count` packets at once, 1 to MAX_RUN, that begin `stride` bytes apart, the first at `start`: all have headers, and packet numbers, of
   * these lengths. Throws `NativeError` (`ERR_NATIVE_RANGE`) if that is not inside the memory.
   */
  protect(memory: Arena, start: number, headerLength: number, packetNumberLength: number, stride: number, count: number): void {
    this.#key.check()
    const offset = headerLength - packetNumberLength
    if (!(start >= 0 && offset >= 1 && packetNumberLength >= 1 && packetNumberLength <= 4)) outOfRange(start, headerLength, memory.size)
    checkRun(memory, start + offset, stride, count)
    const masks = this.#key.masks(memory, start + offset + SAMPLE_OFFSET, stride, count)
    for (let i = 0; i < count; i++) {
      const at = start + i * stride
      protectHeader(memory.bytes, at, at + offset, packetNumberLength, masks, i * SAMPLE_LENGTH)
    }
  }

  /** A sealer for the next key phase. This one stays as it is. RFC 9001 section 6.1. */
  next(): Sealer {
    return new Sealer(this.#key.next())
  }

  /** Derives the keys now, which the first packet would have to wait for; harmless when done again. */
  prepare(): void {
    this.#key.prepare()
  }

  /** Frees the keys; harmless when done again. */
  release(): void {
    this.#key.release()
  }

  #encrypt(memory: Arena, start: number, headerLength: number, payloadLength: number, packetNumber: number): boolean {
    const key = this.#key
    const ssl = this.#ssl
    const at = addressOf(memory) + start
    const payload = at + headerLength
    const context = key.begin(packetNumber)
    return (
      ssl.EVP_Cipher(context, 0, at, headerLength) >= 0 &&
      (payloadLength === 0 || ssl.EVP_Cipher(context, payload, payload, payloadLength) >= 0) &&
      ssl.EVP_CipherFinal_ex(context, key.scratch, key.scratch) === 1 &&
      ssl.EVP_CIPHER_CTX_ctrl(context, GET_TAG, TAG_LENGTH, payload + payloadLength) === 1
    )
  }
}

/** By the mask at `maskAt` of `masks`. */
function protectHeader(
  bytes: Buffer,
  start: number,
  packetNumberOffset: number,
  packetNumberLength: number,
  masks: Buffer,
  maskAt: number,
): void {
  const first = bytes[start]!
  // A long header keeps four bits in the clear, a short one three. RFC 9001 section 5.4.1.
  bytes[start] = first ^ (masks[maskAt]! & ((first & 0x80) === 0 ? 0x1f : 0x0f))
  for (let i = 0; i < packetNumberLength; i++) bytes[packetNumberOffset + i]! ^= masks[maskAt + 1 + i]!
}
