// A packet-number space with its keys and its CRYPTO stream. RFC 9000 section 12.3.

import { CryptoStream } from './crypto/crypto-stream.ts'
import type { SpaceName } from './crypto/level.ts'
import type { Opener, Sealer } from './crypto/protection.ts'
import { ReceivedPackets } from './recovery/received-packets.ts'

export class PacketSpace {
  readonly name: SpaceName
  /** Level of the packets that are sent in it; 0-RTT apart, the same as of those that arrive. */
  readonly level: 'initial' | 'handshake' | '1rtt'
  #crypto: CryptoStream | null = null
  readonly received: ReceivedPackets
  sealer: Sealer | null = null
  opener: Opener | null = null
  /** 0-RTT keys, which the last space has for a while: a client's to send, a server's to receive. */
  earlySealer: Sealer | null = null
  earlyOpener: Opener | null = null
  #spentSealer: Sealer | null = null
  #spentOpener: Opener | null = null
  /** Keys are gone for good; packets of this space are dropped. RFC 9001 section 4.9. */
  discarded = false
  /** A packet must go out even if there is nothing to state: a probe or a keep-alive. */
  pingWanted = false

  constructor(name: SpaceName, maxAckDelayMillis: number) {
    this.name = name
    this.level = name === 'application' ? '1rtt' : name
    this.received = new ReceivedPackets(name, maxAckDelayMillis)
  }

  /** Made when first asked for, so that a space which has served its time holds none. */
  get crypto(): CryptoStream {
    this.#crypto ??= new CryptoStream()
    return this.#crypto
  }

  /** The handshake begins again: what its first attempt said counts for nothing. Packet numbers go on. */
  restart(): void {
    this.#crypto = null
  }

  /** Has keys derived that the next packets need. */
  prepare(): void {
    this.sealer?.prepare()
    this.opener?.prepare()
  }

  /** Its keys are used no more; `tidy` wipes them. */
  discard(): void {
    this.discarded = true
    this.received.retire()
    // What its buffers held would stay for as long as the connection.
    this.#crypto = null
    this.#spentSealer ??= this.sealer
    this.#spentOpener ??= this.opener
    this.earlySealer?.release()
    this.earlyOpener?.release()
    this.sealer = this.earlySealer = null
    this.opener = this.earlyOpener = null
  }

  /** Wipes keys that are used no more: once packets have left, since nobody waits for it. */
  tidy(): void {
    this.#spentSealer?.release()
    this.#spentOpener?.release()
    this.#spentSealer = null
    this.#spentOpener = null
  }
}

/** A connection's three. */
export class PacketSpaces implements Readonly<Record<SpaceName, PacketSpace>> {
  readonly initial: PacketSpace
  readonly handshake: PacketSpace
  readonly application: PacketSpace

  constructor(maxAckDelayMillis: number) {
    this.initial = new PacketSpace('initial', maxAckDelayMillis)
    this.handshake = new PacketSpace('handshake', maxAckDelayMillis)
    this.application = new PacketSpace('application', maxAckDelayMillis)
  }

  /** See `PacketSpace.prepare`. One by one: a list of them is more than what is done. */
  prepare(): void {
    this.initial.prepare()
    this.handshake.prepare()
    this.application.prepare()
  }

  /** See `PacketSpace.tidy`. */
  tidy(): void {
    this.initial.tidy()
    this.handshake.tidy()
    this.application.tidy()
  }

  /** Nothing more is sent or received in any. */
  release(): void {
    this.initial.discard()
    this.handshake.discard()
    this.application.discard()
    this.tidy()
  }
}
