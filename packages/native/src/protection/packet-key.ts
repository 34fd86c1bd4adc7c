// The keys of one direction and one key phase, where C can read them: 144 bytes, and a context of OpenSSL's only while they are used. RFC 9001 section 5.
import { isMainThread } from 'node:worker_threads'
import { Arena, addressOf } from '../arena.ts'
import { opensslFailure } from '../binding/error-queue.ts'
import { once } from '../binding/load.ts'
import { openSsl } from '../binding/openssl.ts'
import { NativeError } from '../error.ts'
import { type Slot, SlotPool } from '../slots.ts'
import { Expansion, IV_LENGTH } from './key-schedule.ts'
import { DECRYPT, ENCRYPT, KEEP, SharedContexts } from './shared-contexts.ts'
import type { CipherSuite } from './suites.ts'
import { type KeyLabels, LABELS_1 } from './versions.ts'

/** How far from the start of the packet number the sample lies, and its length. RFC 9001 section 5.4.2. */
export const SAMPLE_OFFSET = 4
export const SAMPLE_LENGTH = 16
/** Bytes of a mask that are used: one for the first byte, four for the packet number. RFC 9001 section 5.4.1. */
const MASK_LENGTH = 5

/** Where in its slot the parts of a key lie: each has room for the longest of any suite. */
const SECRET = 0
const KEY = 48
const HEADER_KEY = 80
const IV = 112
const NONCE = 128
const SLOT_LENGTH = 144

/** Keys that seal, or keys that open. */
export type Direction = 'seal' | 'open'

export class PacketKey {
  readonly suite: CipherSuite
  /** Unique in this thread. */
  readonly serial: number
  readonly #labels: KeyLabels
  readonly #direction: Direction
  readonly #bench: Workbench
  readonly #contexts: SharedContexts
  readonly #masks: SharedContexts
  #slot: Slot | null

  /** `earlier`: of the key phase before, when this is a later one: the header-protection key stays the same. RFC 9001 section 6.1. */
  constructor(direction: Direction, suite: CipherSuite, secret: Uint8Array, labels: KeyLabels = LABELS_1, earlier: Slot | null = null) {
    const bench = workbench()
    const slot = bench.slots.take()
    this.suite = suite
    this.serial = bench.nextSerial++
    this.#labels = labels
    this.#direction = direction
    this.#bench = bench
    const contexts = bench.contextsOf(suite)
    this.#contexts = contexts[direction]
    this.#masks = contexts.mask
    this.#slot = slot
    const { bytes } = slot.arena
    const at = slot.offset
    bytes.set(secret, at + SECRET)
    const expansion = new Expansion(suite.hash, secret)
    expansion.into(bytes, at + KEY, labels.key, suite.keyLength)
    expansion.into(bytes, at + IV, labels.iv, IV_LENGTH)
    bytes.copy(bytes, at + NONCE, at + IV, at + IV + IV_LENGTH)
    if (earlier === null) expansion.into(bytes, at + HEADER_KEY, labels.headerProtection, suite.keyLength)
    else earlier.arena.bytes.copy(bytes, at + HEADER_KEY, earlier.offset + HEADER_KEY, earlier.offset + HEADER_KEY + suite.keyLength)
    expansion.end()
  }

  /** Where EVP_CipherFinal_ex may write: a length of 0, and of an AEAD no bytes. */
  get scratch(): number {
    return this.#bench.scratch
  }

  /** The context in which a packet may be sealed or opened now. Its number is an integer below 2^53. */
  begin(packetNumber: number): number {
    const slot = this.#slot ?? keysReleased()
    const { view } = slot.arena
    const at = slot.offset
    // The IV, its last eight bytes XORed with the packet number. RFC 9001 section 5.3.
    const low = packetNumber >>> 0
    view.setUint32(at + NONCE + 4, view.getUint32(at + IV + 4) ^ ((packetNumber - low) / 0x100000000))
    view.setUint32(at + NONCE + 8, view.getUint32(at + IV + 8) ^ low)
    const contexts = this.#contexts
    const context = contexts.contextOf(this)
    const key = contexts.holds(this) ? 0 : slot.address + KEY
    if (this.#bench.ssl.EVP_CipherInit_ex(context, 0, 0, key, slot.address + NONCE, KEEP) !== 1) {
      contexts.evict(this, this.#bench.zeros)
      throw opensslFailure('OpenSSL does not take a packet protection key.')
    }
    return context
  }

  /** The header-protection mask for a sample, whose address the caller has bounds-checked: five bytes, good until the next call. RFC 9001 section 5.4. */
  mask(sample: number): Buffer {
    const slot = this.#slot ?? keysReleased()
    const { ssl, mask, zeros } = this.#bench
    const context = this.#masks.contextOf(this)
    const key = this.#masks.holds(this) ? 0 : slot.address + HEADER_KEY
    // AES-ECB of the sample (section 5.4.3). With ChaCha20 the sample is counter and nonce (section 5.4.4), just as OpenSSL lays out its IV.
    if (this.suite.mask === 'ChaCha20') {
      ssl.EVP_CipherInit_ex(context, 0, 0, key, sample, KEEP)
      ssl.EVP_Cipher(context, mask, zeros, MASK_LENGTH)
    } else {
      if (key !== 0) ssl.EVP_CipherInit_ex(context, 0, 0, key, 0, KEEP)
      ssl.EVP_Cipher(context, mask, sample, SAMPLE_LENGTH)
    }
    return this.#bench.maskBytes
  }

  /** Those of the next key phase. RFC 9001 section 6.1. */
  next(): PacketKey {
    const slot = this.#slot ?? keysReleased()
    const { bytes } = slot.arena
    const { hash, hashLength } = this.suite
    const secret = this.#bench.nextSecret.subarray(0, hashLength)
    const expansion = new Expansion(hash, bytes.subarray(slot.offset + SECRET, slot.offset + SECRET + hashLength))
    expansion.into(secret, 0, this.#labels.keyUpdate, hashLength)
    expansion.end()
    const next = new PacketKey(this.#direction, this.suite, secret, this.#labels, slot)
    secret.fill(0)
    return next
  }

  /** Throws `NativeError` (`ERR_NATIVE_RELEASED`) after `release`. */
  check(): void {
    if (this.#slot === null) keysReleased()
  }

  /** Wipes them, here and where OpenSSL has them; harmless when done again. */
  release(): void {
    if (this.#slot === null) return
    const { slots, zeros } = this.#bench
    this.#contexts.evict(this, zeros)
    this.#masks.evict(this, zeros)
    slots.give(this.#slot)
    this.#slot = null
  }
}

function keysReleased(): never {
  throw new NativeError('ERR_NATIVE_RELEASED', 'These packet protection keys were released.')
}

/** Contexts for the keys of one cipher suite. */
type SuiteContexts = Readonly<Record<Direction | 'mask', SharedContexts>>

/** What all keys of a thread work with. */
class Workbench {
  readonly ssl = openSsl()
  readonly slots: SlotPool = new SlotPool(SLOT_LENGTH)
  readonly #memory = Arena.allocate(128)
  readonly #shared = new Map<CipherSuite, SuiteContexts>()
  /** The mask in the making, a whole AES block. */
  readonly mask: number = addressOf(this.#memory)
  readonly maskBytes: Buffer = this.#memory.bytes.subarray(0, SAMPLE_LENGTH)
  readonly scratch: number = this.mask + 16
  /** 48 bytes that stay zero: what ChaCha20 encrypts, and the key in place of one that ended. */
  readonly zeros: number = this.mask + 48
  readonly nextSecret: Buffer = Buffer.alloc(48)
  nextSerial = 1

  contextsOf(suite: CipherSuite): SuiteContexts {
    const known = this.#shared.get(suite)
    if (known !== undefined) return known
    const made = {
      seal: new SharedContexts(suite.aead, ENCRYPT),
      open: new SharedContexts(suite.aead, DECRYPT),
      mask: new SharedContexts(suite.mask, ENCRYPT),
    }
    this.#shared.set(suite, made)
    return made
  }

  /** At the end of a Worker. */
  release(): void {
    for (const { seal, open, mask } of this.#shared.values()) for (const each of [seal, open, mask]) each.release()
  }
}

/** This thread's, for as long as it lives. */
const workbench: () => Workbench = once(() => {
  const made = new Workbench()
  if (!isMainThread) process.once('exit', () => made.release())
  return made
})
