// The encoder: field sections for request streams, insertions for the encoder stream, and what the peer's decoder says of both. RFC 9204 section 2.1.
import type { FieldSection } from '../fields/field-section.ts'
import { Http3Error } from '../wire/http3-error.ts'
import { DecoderInstructions } from './decoder-instructions.ts'
import type { Entry } from './dynamic-table.ts'
import { EncoderTable } from './encoder-table.ts'
import { GrowingBytes } from './growing-bytes.ts'
import { type Indexing, IndexingPolicy } from './indexing-policy.ts'
import { DEFAULT_ENCODER_BLOCKED_STREAMS, DEFAULT_ENCODER_CAPACITY, MAX_PENDING_ENCODER_INSTRUCTIONS } from './limits.ts'
import { writePrefixedInteger } from './prefixed-integer.ts'
import { encodeInsertCount, maxEntries } from './required-insert-count.ts'
import { STATIC_NAMES } from './static-table.ts'
import { writeString } from './string-literal.ts'
import { UnacknowledgedSections } from './unacknowledged-sections.ts'

/** How far our encoder goes within what the peer permits. */
export interface QpackEncoderOptions {
  /** Bytes of dynamic table used at most, from 0; default 4096. */
  readonly maxTableCapacity?: number
  /** Streams at most that a lost insertion may hold up, from 0; default 16. RFC 9204 section 2.1.2. */
  readonly blockedStreams?: number
  /** Decides which lines go into the table; default an `IndexingPolicy`. */
  readonly indexing?: Indexing
}

/** What the peer's SETTINGS say of its decoder. */
export interface PeerQpackSettings {
  /** SETTINGS_QPACK_MAX_TABLE_CAPACITY, in bytes; 0 when absent. */
  readonly maxTableCapacity: number
  /** SETTINGS_QPACK_BLOCKED_STREAMS; 0 when absent. */
  readonly blockedStreams: number
}

/** Encodes the field sections of one connection. */
export class QpackEncoder {
  readonly #ownCapacity: number
  readonly #ownBlockedStreams: number
  readonly #table: EncoderTable
  readonly #policy: Indexing
  readonly #sections = new UnacknowledgedSections()
  readonly #decoderStream: DecoderInstructions
  readonly #toSend = new GrowingBytes()
  readonly #lines = new GrowingBytes()
  #peerCapacity = 0
  #capacity = 0
  #blockedStreams = 0
  #maxEntries = 0
  // Of the section that is being encoded:
  #base = 0
  #required = 0
  #mayBlock = false
  #mayRefer = false
  #references: Entry[] = []

  constructor({ maxTableCapacity, blockedStreams, indexing = new IndexingPolicy() }: QpackEncoderOptions = {}) {
    this.#policy = indexing
    this.#table = new EncoderTable(indexing.drainingShare)
    this.#ownCapacity = maxTableCapacity ?? DEFAULT_ENCODER_CAPACITY
    this.#ownBlockedStreams = blockedStreams ?? DEFAULT_ENCODER_BLOCKED_STREAMS
    this.#decoderStream = new DecoderInstructions({
      sectionAcknowledged: (streamId) => this.#acknowledged(streamId),
      streamCancelled: (streamId) => this.#sections.cancel(streamId),
      insertCountIncremented: (increment) => this.#incremented(increment),
    })
  }

  /**
   * Takes over the peer's settings: those remembered for 0-RTT, then those that it sent. Throws `Http3Error` QPACK_DECODER_STREAM_ERROR when a capacity
   * that was remembered is not the one sent (RFC 9204 section 3.2.3).
   */
  applySettings({ maxTableCapacity, blockedStreams }: PeerQpackSettings): void {
    if (this.#peerCapacity !== 0 && maxTableCapacity !== this.#peerCapacity) {
      throw new Http3Error('QPACK_DECODER_STREAM_ERROR', 'the table capacity is not the one that was remembered for 0-RTT')
    }
    this.#peerCapacity = maxTableCapacity
    this.#maxEntries = maxEntries(maxTableCapacity)
    this.#capacity = Math.min(maxTableCapacity, this.#ownCapacity)
    this.#blockedStreams = Math.min(blockedStreams, this.#ownBlockedStreams)
  }

  /**
   * Encodes the field lines, in their order, for this stream. Names in `neverIndexed` have their values sent as literals on every hop, as those of
   * `authorization` and the like always have (RFC 9204 section 7.1.3). Take the instructions afterwards. Throws `TypeError` on what is not Latin-1.
   */
  encode(streamId: number, fields: FieldSection, neverIndexed?: ReadonlySet<string>): Uint8Array {
    this.#base = this.#table.insertCount
    this.#required = 0
    this.#references = []
    this.#mayRefer = this.#capacity > 0 && !this.#sections.full
    this.#mayBlock = this.#sections.isBlocking(streamId) || this.#sections.blockingStreams < this.#blockedStreams
    this.#lines.u8(0)
    this.#lines.u8(0)
    try {
      for (let at = 0; at < fields.length; at += 2) this.#line(fields[at]!, fields[at + 1]!, neverIndexed)
    } catch (error) {
      for (const entry of this.#references) entry.references--
      this.#lines.advance(0)
      throw error
    }
    if (this.#required > 0) this.#sections.add(streamId, this.#required, this.#references, this.#table.known)
    return this.#finished()
  }

  /** Bytes to send on the encoder stream; null if there are none. */
  takeInstructions(): Uint8Array | null {
    return this.#toSend.length === 0 ? null : this.#toSend.take()
  }

  /** Takes in bytes of the decoder stream. Throws `Http3Error` QPACK_DECODER_STREAM_ERROR. */
  receiveDecoderStream(bytes: Uint8Array): void {
    this.#decoderStream.receive(bytes)
  }

  #line(name: string, value: string, neverIndexed: ReadonlySet<string> | undefined): void {
    const known = STATIC_NAMES.get(name)
    const never = neverIndexed?.has(name) === true
    const index = never ? undefined : known?.values.get(value)
    if (index !== undefined) {
      writePrefixedInteger(this.#lines, 0xc0, 6, index)
      return
    }
    if (never || this.#policy.isSensitive(name, value)) {
      this.#literal(name, value, known?.index, true)
      return
    }
    const entry = this.#mayRefer ? this.#entryFor(name, value) : undefined
    if (entry === undefined) this.#literal(name, value, known?.index, false)
    else this.#indexed(entry)
  }

  /** An entry for this line that the section may refer to; inserted if that pays, duplicated if it is about to go. */
  #entryFor(name: string, value: string): Entry | undefined {
    const found = this.#table.find(name, value)
    if (found === undefined) {
      const inserted = this.#policy.isWorthInserting(name, value, this.#capacity) ? this.#insert(name, value) : undefined
      return inserted !== undefined && this.#isUsable(inserted) ? inserted : undefined
    }
    if (!this.#table.isDraining(found)) return this.#isUsable(found) ? found : undefined
    const duplicate = this.#duplicate(found)
    if (duplicate === undefined) return undefined
    if (this.#isUsable(duplicate)) return duplicate
    return this.#table.holds(found) && this.#isUsable(found) ? found : undefined
  }

  /** What is not known to have arrived may block the stream. RFC 9204 section 2.1.2. */
  #isUsable(entry: Entry): boolean {
    return this.#mayBlock || entry.absolute < this.#table.known
  }

  /** Section 4.5.2 and 4.5.3. */
  #indexed(entry: Entry): void {
    this.#refer(entry)
    if (entry.absolute < this.#base) writePrefixedInteger(this.#lines, 0x80, 6, this.#base - 1 - entry.absolute)
    else writePrefixedInteger(this.#lines, 0x10, 4, entry.absolute - this.#base)
  }

  /** Section 4.5.4 and 4.5.6. A name alone is no reason to block a stream: only one that has arrived is referred to, and such are below the Base. */
  #literal(name: string, value: string, staticIndex: number | undefined, never: boolean): void {
    const lines = this.#lines
    const entry = staticIndex === undefined && this.#mayRefer ? this.#entryForName(name) : undefined
    if (staticIndex !== undefined) writePrefixedInteger(lines, never ? 0x70 : 0x50, 4, staticIndex)
    else if (entry !== undefined) {
      this.#refer(entry)
      writePrefixedInteger(lines, never ? 0x60 : 0x40, 4, this.#base - 1 - entry.absolute)
    } else writeString(lines, never ? 0x30 : 0x20, 3, name)
    writeString(lines, 0, 7, value)
  }

  /** An entry whose name a literal may refer to. One is inserted, its value empty, for names that come again and again with new values. */
  #entryForName(name: string): Entry | undefined {
    const found = this.#table.findName(name)
    if (found === undefined && this.#policy.isNameWorthInserting(name, this.#capacity)) this.#insert(name, '')
    return found !== undefined && found.absolute < this.#table.known && !this.#table.isDraining(found) ? found : undefined
  }

  #refer(entry: Entry): void {
    entry.references++
    this.#references.push(entry)
    this.#required = Math.max(this.#required, entry.absolute + 1)
  }

  /** Section 4.3.2 and 4.3.3; undefined if there is no room for it now. */
  #insert(name: string, value: string): Entry | undefined {
    if (!this.#hasRoomFor(name, value)) return undefined
    const out = this.#toSend
    const start = out.length
    const known = STATIC_NAMES.get(name)?.index
    const named = known === undefined ? this.#table.findName(name) : undefined
    try {
      if (known !== undefined) writePrefixedInteger(out, 0xc0, 6, known)
      else if (named !== undefined) writePrefixedInteger(out, 0x80, 6, this.#table.insertCount - 1 - named.absolute)
      else writeString(out, 0x40, 5, name)
      writeString(out, 0, 7, value)
    } catch (error) {
      // Not Latin-1: half an instruction must not stay.
      out.advance(start)
      throw error
    }
    return this.#table.insert(name, value)
  }

  /** Section 4.3.4. */
  #duplicate(entry: Entry): Entry | undefined {
    if (!this.#hasRoomFor(entry.name, entry.value)) return undefined
    writePrefixedInteger(this.#toSend, 0x00, 5, this.#table.insertCount - 1 - entry.absolute)
    return this.#table.insert(entry.name, entry.value)
  }

  #hasRoomFor(name: string, value: string): boolean {
    if (this.#toSend.length > MAX_PENDING_ENCODER_INSTRUCTIONS) return false
    if (this.#table.capacity === 0) {
      // Section 4.3.1. Put off until there is something to insert.
      this.#table.setCapacity(this.#capacity)
      writePrefixedInteger(this.#toSend, 0x20, 5, this.#capacity)
    }
    return this.#table.hasRoomFor(name, value)
  }

  /** The section with its prefix: one byte for each of its numbers nearly always, and room for so much was left. RFC 9204 section 4.5.1. */
  #finished(): Uint8Array {
    const count = encodeInsertCount(this.#required, this.#maxEntries)
    const ahead = this.#base >= this.#required
    const delta = ahead ? this.#base - this.#required : this.#required - this.#base - 1
    const sign = ahead ? 0 : 0x80
    if (this.#required === 0) return this.#lines.take()
    if (count < 0xff && delta < 0x7f) {
      const section = this.#lines.take()
      section[0] = count
      section[1] = sign | delta
      return section
    }
    const lines = this.#lines.take(2)
    const whole = new GrowingBytes()
    writePrefixedInteger(whole, 0, 8, count)
    writePrefixedInteger(whole, sign, 7, delta)
    whole.bytes(lines)
    return whole.take()
  }

  #acknowledged(streamId: number): void {
    const required = this.#sections.acknowledge(streamId)
    if (required === null) throw new Http3Error('QPACK_DECODER_STREAM_ERROR', 'a Section Acknowledgment where no section waits for one')
    if (required > this.#table.known) this.#received(required)
  }

  #incremented(increment: number): void {
    const known = this.#table.known + increment
    if (increment === 0 || known > this.#table.insertCount) {
      throw new Http3Error('QPACK_DECODER_STREAM_ERROR', 'an Insert Count Increment of nothing, or beyond what was inserted')
    }
    this.#received(known)
  }

  #received(known: number): void {
    this.#table.known = known
    this.#sections.received(known)
  }
}
