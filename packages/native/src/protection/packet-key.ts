// The keys of one direction and one key phase, where C can read them: 160 bytes, and a context of OpenSSL's only while they are used. RFC 9001 section 5.
import { isMainThread } from 'node:worker_threads'
import { Arena, addressOf, outOfRange, wipe } from '../arena.ts'
import { opensslFailure } from '../binding/error-queue.ts'
import { once } from '../binding/load.ts'
import { openSsl } from '../binding/openssl.ts'
import { NativeError } from '../error.ts'
import { type Slot, SlotPool } from '../slots.ts'
import { Expansion, IV_LENGTH } from './key-schedule.ts'
import { fitsRecord, RecordMode } from './record-mode.ts'
import { DECRYPT, ENCRYPT, KEEP, SharedContexts } from './shared-contexts.ts'
import type { CipherSuite } from './suites.ts'
import { type KeyLabels, LABELS_1 } from './versions.ts'

/** Most packets whose masks are made at once: as many as a train has. */
export const MAX_RUN = 64

/** How far from the start of the packet number the sample lies, and its length. RFC 9001 section 5.4.2. */
export const SAMPLE_OFFSET = 4
export const SAMPLE_LENGTH = 16
/** Bytes of a mask that are used: one for the first byte, four for the packet number. RFC 9001 section 5.4.1. */
const MASK_LENGTH = 5

/**
 * Where in its slot the parts of a key lie: each has room for the longest of any suite. A digest of 48 bytes is longer than that, and reaches into the next part,
 * so they are derived in this order.
 */
const SECRET = 0
const KEY = 48
const HEADER_KEY = 80
const IV = 112
const NONCE = 128
const SLOT_LENGTH = 160

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
  readonly #records: RecordMode | null
  readonly #isChaCha: boolean
  readonly #isPublic: boolean
  #slot: Slot | null
  /** All parts are there, not the secret alone. */
  #isDerived: boolean

  /**
   * Of the first key phase nothing is derived until it is used, or `prepare` is called. `earlier`: of the key phase before, when this is a later one: the
   * header-protection key stays the same. RFC 9001 section 6.1. `isPublic`: anybody can derive it, so OpenSSL need not forget it (section 5.2).
   */
  constructor(
    direction: Direction,
    suite: CipherSuite,
    secret: Uint8Array,
    labels: KeyLabels = LABELS_1,
    earlier: Slot | null = null,
    isPublic = false,
  ) {
    const bench = workbench()
    const slot = bench.slots.take()
    this.suite = suite
    this.#isChaCha = suite.mask === 'ChaCha20'
    this.serial = bench.nextSerial++
    this.#labels = labels
    this.#direction = direction
    this.#bench = bench
    const contexts = bench.contextsOf(suite)
    this.#contexts = contexts[direction]
    this.#masks = contexts.mask
    this.#records = contexts.records
    this.#isPublic = isPublic
    this.#slot = slot
    slot.arena.bytes.set(secret, slot.offset + SECRET)
    this.#isDerived = earlier !== null
    if (earlier !== null) deriveParts(slot, suite, labels, earlier, isPublic)
  }

  /** Derives what a packet needs, unless that is done, or it was released. */
  prepare(): void {
    if (this.#slot === null || this.#isDerived) return
    deriveParts(this.#slot, this.suite, this.#labels, null, this.#isPublic)
    this.#isDerived = true
  }

  #ready(): Slot {
    if (!this.#isDerived) this.prepare()
    return this.#slot ?? keysReleased()
  }

  /** Where EVP_CipherFinal_ex may write: a length of 0, and of an AEAD no bytes. */
  get scratch(): number {
    return this.#bench.scratch
  }

  /** The context in which a packet may be sealed or opened now. Its number is an integer below 2^53. */
  begin(packetNumber: number): number {
    const slot = this.#ready()
    writeNonce(slot, packetNumber)
    const contexts = this.#contexts
    const context = contexts.contextOf(this)
    this.#init(slot, context, contexts.holds(this) ? 0 : slot.address + KEY)
    return context
  }

  /** Whether a packet with this header, its number unprotected, may be sealed and opened by `sealRecord` and `openRecord`, which are faster. */
  fitsRecord(view: DataView, start: number, headerLength: number): boolean {
    return this.#records !== null && fitsRecord(view, start, headerLength)
  }

  /** Encrypts a packet that fits, in place. The caller has bounds-checked it, its tag included. */
  sealRecord(memory: Arena, start: number, payloadLength: number, packetNumber: number): boolean {
    const slot = this.#ready()
    const context = this.#beginRecord(slot)
    return this.#records!.seal(context, memory, start, payloadLength, slot.arena.view, slot.offset + IV, packetNumber)
  }

  /** Decrypts one. False if its tag does not match. */
  openRecord(memory: Arena, start: number, payloadLength: number, packetNumber: number): boolean {
    const slot = this.#ready()
    const context = this.#beginRecord(slot)
    return this.#records!.open(context, memory, start, payloadLength, slot.arena.view, slot.offset + IV, packetNumber)
  }

  #beginRecord(slot: Slot): number {
    const contexts = this.#contexts
    const context = contexts.contextOf(this)
    if (!contexts.holds(this)) this.#init(slot, context, slot.address + KEY)
    return context
  }

  #init(slot: Slot, context: number, key: number): void {
    if (this.#bench.ssl.EVP_CipherInit_ex(context, 0, 0, key, slot.address + NONCE, KEEP) === 1) return
    this.#contexts.evict(this, this.#bench.zeros)
    throw opensslFailure('OpenSSL does not take a packet protection key.')
  }

  /** The header-protection mask for a sample, whose address the caller has bounds-checked: five bytes, good until the next call. RFC 9001 section 5.4. */
  mask(sample: number): Buffer {
    const slot = this.#ready()
    const bench = this.#bench
    const context = this.#masks.contextOf(this)
    const isHeld = this.#masks.holds(this)
    if (!isHeld || this.#isChaCha) this.#beginMask(slot, context, isHeld, sample)
    // AES-ECB of the sample (section 5.4.3), and zeros through ChaCha20 (section 5.4.4).
    if (this.#isChaCha) bench.ssl.EVP_Cipher(context, bench.mask, bench.zeros, MASK_LENGTH)
    else bench.ssl.EVP_Cipher(context, bench.mask, sample, SAMPLE_LENGTH)
    return bench.maskBytes
  }

  /** Puts the key there. With ChaCha20 the sample is counter and nonce (RFC 9001 section 5.4.4), just as OpenSSL lays out its IV. */
  #beginMask(slot: Slot, context: number, isHeld: boolean, sample: number): void {
    this.#bench.ssl.EVP_CipherInit_ex(context, 0, 0, isHeld ? 0 : slot.address + HEADER_KEY, this.#isChaCha ? sample : 0, KEEP)
  }

  /**
   * The masks for the samples of `count` packets, MAX_RUN at most, the first at `sample`, the others `stride` bytes apart, all bounds-checked by the caller: each
   * takes SAMPLE_LENGTH bytes of what is returned, and all are good until the next call. AES makes them in one.
   */
  masks(memory: Arena, sample: number, stride: number, count: number): Buffer {
    const { ssl, masks, masksAt } = this.#bench
    if (this.#isChaCha) {
      const base = addressOf(memory)
      for (let i = 0; i < count; i++) masks.bytes.set(this.mask(base + sample + i * stride).subarray(0, MASK_LENGTH), i * SAMPLE_LENGTH)
      return masks.bytes
    }
    const slot = this.#ready()
    const context = this.#masks.contextOf(this)
    if (!this.#masks.holds(this)) ssl.EVP_CipherInit_ex(context, 0, 0, slot.address + HEADER_KEY, 0, KEEP)
    const from = memory.view
    const to = masks.view
    for (let i = 0; i < count; i++) {
      const at = sample + i * stride
      const place = i * SAMPLE_LENGTH
      for (let word = 0; word < SAMPLE_LENGTH; word += 4) to.setUint32(place + word, from.getUint32(at + word))
    }
    ssl.EVP_Cipher(context, masksAt, masksAt, count * SAMPLE_LENGTH)
    return masks.bytes
  }

  /** Those of the next key phase. RFC 9001 section 6.1. */
  next(): PacketKey {
    const slot = this.#ready()
    const { hash, hashLength } = this.suite
    const { nextSecret } = this.#bench
    const expansion = new Expansion(hash, slot.arena, slot.offset + SECRET)
    expansion.into(nextSecret, 0, this.#labels.keyUpdate, hashLength)
    expansion.end()
    const next = new PacketKey(this.#direction, this.suite, nextSecret.bytes.subarray(0, hashLength), this.#labels, slot)
    wipe(nextSecret.bytes, 0, hashLength)
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
    if (!this.#isPublic) {
      this.#contexts.evict(this, zeros)
      this.#masks.evict(this, zeros)
    }
    slots.give(this.#slot)
    this.#slot = null
  }
}

/** Throws `NativeError` (`ERR_NATIVE_RANGE`) unless the samples of a run of packets are inside the memory, and no more than MAX_RUN. */
export function checkRun(memory: Arena, packetNumberOffset: number, stride: number, count: number): void {
  const end = packetNumberOffset + SAMPLE_OFFSET + (count - 1) * stride + SAMPLE_LENGTH
  // Written so that NaN fails too.
  if (packetNumberOffset >= 1 && stride >= 0 && count >= 1 && count <= MAX_RUN && end <= memory.size) return
  outOfRange(packetNumberOffset, end - packetNumberOffset, memory.size)
}

/** Fills a slot that has a secret. RFC 9001 section 5.1. */
function deriveParts(slot: Slot, suite: CipherSuite, labels: KeyLabels, earlier: Slot | null, isPublic: boolean): void {
  const { arena, offset } = slot
  const { bytes } = arena
  const expansion = new Expansion(suite.hash, arena, offset + SECRET)
  expansion.into(arena, offset + KEY, labels.key, suite.keyLength)
  if (earlier === null) expansion.into(arena, offset + HEADER_KEY, labels.headerProtection, suite.keyLength)
  else earlier.arena.bytes.copy(bytes, offset + HEADER_KEY, earlier.offset + HEADER_KEY, earlier.offset + HEADER_KEY + suite.keyLength)
  expansion.into(arena, offset + IV, labels.iv, IV_LENGTH)
  for (let at = 0; at < IV_LENGTH; at++) bytes[offset + NONCE + at] = bytes[offset + IV + at]!
  if (!isPublic) expansion.end()
}

/** The IV, its last eight bytes XORed with the packet number. RFC 9001 section 5.3. */
function writeNonce({ arena: { view }, offset }: Slot, packetNumber: number): void {
  const low = packetNumber >>> 0
  view.setUint32(offset + NONCE + 4, view.getUint32(offset + IV + 4) ^ ((packetNumber - low) / 0x100000000))
  view.setUint32(offset + NONCE + 8, view.getUint32(offset + IV + 8) ^ low)
}

function keysReleased(): never {
  throw new NativeError('ERR_NATIVE_RELEASED', 'These packet protection keys were released.')
}

/** Contexts for the keys of one cipher suite. */
type SuiteContexts = Readonly<Record<Direction | 'mask', SharedContexts>> & { readonly records: RecordMode | null }

/** What all keys of a thread work with. */
class Workbench {
  readonly ssl = openSsl()
  readonly slots: SlotPool = new SlotPool(SLOT_LENGTH)
  readonly #memory = Arena.allocate(128)
  readonly #shared = new Map<CipherSuite, SuiteContexts>()
  /** The mask in the making, a whole AES block. */
  readonly mask: number = addressOf(this.#memory)
  /** Masks of a run of packets. */
  readonly masks: Arena = Arena.allocate(MAX_RUN * SAMPLE_LENGTH)
  readonly masksAt: number = addressOf(this.masks)
  readonly maskBytes: Buffer = this.#memory.bytes.subarray(0, SAMPLE_LENGTH)
  readonly scratch: number = this.mask + 16
  /** 48 bytes that stay zero: what ChaCha20 encrypts, and the key in place of one that ended. */
  readonly zeros: number = this.mask + 48
  readonly nextSecret: Arena = Arena.allocate(48)
  nextSerial = 1

  contextsOf(suite: CipherSuite): SuiteContexts {
    const known = this.#shared.get(suite)
    if (known !== undefined) return known
    const records = suite.aead.endsWith('-GCM') ? new RecordMode(this.ssl) : null
    const seal = new SharedContexts(suite.aead, ENCRYPT)
    const open = new SharedContexts(suite.aead, DECRYPT, (context) => records?.prepareOpening(context))
    const mask = new SharedContexts(suite.mask, ENCRYPT)
    const made = { seal, open, mask, records: records?.isSound(suite, seal, open) === true ? records : null }
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
