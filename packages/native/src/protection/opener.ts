// Opening packets: header protection off, then AEAD, in place. RFC 9001 sections 5.3 and 5.4.
import { type Arena, addressOf, outOfRange } from '../arena.ts'
import { opensslFailure } from '../binding/error-queue.ts'
import { openSsl } from '../binding/openssl.ts'
import { checkRun, PacketKey, SAMPLE_LENGTH, SAMPLE_OFFSET } from './packet-key.ts'
import type { CipherSuite } from './suites.ts'
import { SET_TAG, TAG_LENGTH } from './tag.ts'
import { type KeyLabels, LABELS_1 } from './versions.ts'

/** Opens what the peer sent at one level, with the keys of one key phase. */
export class Opener {
  readonly #ssl = openSsl()
  readonly #key: PacketKey
  #failed = 0

  private constructor(key: PacketKey) {
    this.#key = key
  }

  /** By a traffic secret, which is copied; `labels` are those of the version of QUIC, by default of version 1. RFC 9001 section 5.1. */
  static fromSecret(suite: CipherSuite, secret: Uint8Array, labels: KeyLabels = LABELS_1): Opener {
    return new Opener(new PacketKey('open', suite, secret, labels))
  }

  /** By what protects Initial packets, which is no secret: it is not wiped. RFC 9001 section 5.2. */
  static initial(suite: CipherSuite, secret: Uint8Array, labels: KeyLabels): Opener {
    return new Opener(new PacketKey('open', suite, secret, labels, null, true))
  }

  get suite(): CipherSuite {
    return this.#key.suite
  }

  /** Packets that did not open. */
  get failed(): number {
    return this.#failed
  }

  /** How many may fail over all keys of a connection before it must close with AEAD_LIMIT_REACHED. RFC 9001 section 6.6. */
  get failureLimit(): number {
    return this.#key.suite.failureLimit
  }

  /**
   * Removes header protection in place and returns the packet number's length, 1 to 4. Throws `NativeError` (`ERR_NATIVE_RANGE`) if the
   * 16 bytes of sample, 4 bytes after the start of the packet number, are not inside the memory.
   */
  unmask(memory: Arena, start: number, packetNumberOffset: number): number {
    this.#key.check()
    const sample = packetNumberOffset + SAMPLE_OFFSET
    if (!(start >= 0 && packetNumberOffset > start && sample + SAMPLE_LENGTH <= memory.size)) {
      outOfRange(start, sample + SAMPLE_LENGTH - start, memory.size)
    }
    const bytes = memory.bytes
    const mask = this.#key.mask(addressOf(memory) + sample)
    // A long header keeps four bits in the clear, a short one three. RFC 9001 section 5.4.1.
    const first = bytes[start]! ^ (mask[0]! & ((bytes[start]! & 0x80) === 0 ? 0x1f : 0x0f))
    const length = (first & 0x03) + 1
    bytes[start] = first
    for (let i = 0; i < length; i++) bytes[packetNumberOffset + i]! ^= mask[1 + i]!
    return length
  }

  /**
   * The header-protection masks of `count` packets of one connection, 1 to MAX_RUN, that begin `stride` bytes apart, their packet numbers at the same distance from
   * the start. Nothing is removed yet. Each mask takes 16 bytes of what is returned, which is good until the next call. Throws `NativeError` (`ERR_NATIVE_RANGE`)
   * if a sample is not inside the memory, or for another count.
   */
  masks(memory: Arena, packetNumberOffset: number, stride: number, count: number): Buffer {
    this.#key.check()
    checkRun(memory, packetNumberOffset, stride, count)
    return this.#key.masks(memory, packetNumberOffset + SAMPLE_OFFSET, stride, count)
  }

  /**
   * Decrypts in place. `length` counts the ciphertext with its tag. False if the tag does not match, or there is none; the bytes are then
   * garbage. Throws `NativeError` (`ERR_NATIVE_RANGE`) if the packet is not inside the memory.
   */
  open(memory: Arena, start: number, headerLength: number, length: number, packetNumber: number): boolean {
    const key = this.#key
    key.check()
    const payload = start + headerLength
    if (!(start >= 0 && headerLength >= 1 && length >= 0 && payload + length <= memory.size)) {
      outOfRange(start, headerLength + length, memory.size)
    }
    const payloadLength = length - TAG_LENGTH
    if (payloadLength < 0) return this.#fail()

    if (key.fitsRecord(memory.view, start, headerLength)) return key.openRecord(memory, start, payloadLength, packetNumber) || this.#fail()
    const ssl = this.#ssl
    const base = addressOf(memory)
    const context = key.begin(packetNumber)
    if (
      ssl.EVP_CIPHER_CTX_ctrl(context, SET_TAG, TAG_LENGTH, base + payload + payloadLength) !== 1 ||
      ssl.EVP_Cipher(context, 0, base + start, headerLength) < 0 ||
      (payloadLength > 0 && ssl.EVP_Cipher(context, base + payload, base + payload, payloadLength) < 0)
    ) {
      throw opensslFailure('A packet could not be opened.')
    }
    return ssl.EVP_CipherFinal_ex(context, key.scratch, key.scratch) === 1 || this.#fail()
  }

  /** An opener for the next key phase. This one stays as it is. RFC 9001 section 6.1. */
  next(): Opener {
    return new Opener(this.#key.next())
  }

  /** Derives the keys now, which the first packet would have to wait for; harmless when done again. */
  prepare(): void {
    this.#key.prepare()
  }

  /** Frees the keys; harmless when done again. */
  release(): void {
    this.#key.release()
  }

  #fail(): false {
    this.#failed++
    return false
  }
}
