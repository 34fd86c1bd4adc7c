// Keys of Initial packets: of one version at first, of two while a server may yet answer in another. RFC 9001 section 5.2, RFC 9369 section 4.1.
import type { PacketSpace } from '../packet-space.ts'
import type { Side } from '../streams/stream-id.ts'
import type { InitialKeys, KeyPair, Opener } from './protection.ts'

export class InitialProtection {
  readonly #side: Side
  readonly #derive: InitialKeys
  readonly #space: PacketSpace
  /** What the keys are derived from: the destination id of the client's first packet, or its next after a Retry. */
  #from: Uint8Array
  #version: number
  /** Opens what comes in the version that is not in use: any more, or yet. */
  #other: { readonly version: number; readonly keys: KeyPair } | null = null

  constructor(side: Side, derive: InitialKeys, space: PacketSpace, from: Uint8Array, version: number) {
    this.#side = side
    this.#derive = derive
    this.#space = space
    this.#from = from
    this.#version = version
    this.#install(derive(side, version, from))
  }

  /** The opener for packets of a version. */
  openerFor(version: number): Opener | null {
    return version === this.#version ? this.#space.opener : this.#keysOf(version).opener
  }

  /** Packets are sealed with the keys of this version from now on; those of the version before still open. */
  change(version: number): void {
    if (version === this.#version || this.#space.discarded) return
    const keys = this.#keysOf(version)
    const before = { sealer: this.#space.sealer!, opener: this.#space.opener! }
    this.#other = { version: this.#version, keys: before }
    this.#space.sealer = keys.sealer
    this.#space.opener = keys.opener
    this.#version = version
  }

  /** Begins again: after a Retry from another connection id, after Version Negotiation in another version. */
  restart(version: number, from: Uint8Array): void {
    this.release()
    this.#space.sealer?.release()
    this.#space.opener?.release()
    this.#version = version
    this.#from = from
    this.#install(this.#derive(this.#side, version, from))
  }

  /** Frees what the packet-number space does not hold. */
  release(): void {
    this.#other?.keys.sealer.release()
    this.#other?.keys.opener.release()
    this.#other = null
  }

  #keysOf(version: number): KeyPair {
    if (this.#other?.version === version) return this.#other.keys
    this.release()
    const keys = this.#derive(this.#side, version, this.#from)
    this.#other = { version, keys }
    return keys
  }

  #install(keys: KeyPair): void {
    this.#space.sealer = keys.sealer
    this.#space.opener = keys.opener
  }
}
