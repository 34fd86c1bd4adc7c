// One connection of the trace: its ids and keys, found out as packets are read.
import {
  CERTIFICATE,
  CLIENT_HELLO,
  type ClientHello,
  CryptoStream,
  ENCRYPTED_EXTENSIONS,
  readClientHello,
  readServerHello,
  readTransportParameters,
  SERVER_HELLO,
} from './hello.ts'
import type { KeyLog } from './key-log.ts'
import { Keys, SUITES } from './protection.ts'
import type { Side } from './recorded.ts'

/** A transport parameter, and how long its two addresses and ports are. */
const PREFERRED_ADDRESS = 0x0d
const ADDRESSES_LENGTH = 4 + 2 + 16 + 2

type Space = 'initial' | 'handshake' | '1rtt'

export class Connection {
  readonly #log: KeyLog
  /** Ids that Initial keys may be derived from: the client's first choice, then what a Retry names. */
  readonly initialIds: Buffer[] = []
  readonly #keys = new Map<string, Keys>()
  readonly #largest = new Map<string, number>()
  readonly #crypto = new Map<string, CryptoStream>()
  #version = 0
  clientHello: ClientHello | null = null
  #suite = 0
  /** The server's transport parameters, once they were seen. */
  parameters: ReadonlyMap<number, Buffer> = new Map()
  /** Whether the server sent a certificate. */
  hasCertificate = false

  constructor(log: KeyLog, originalDestination: Buffer) {
    this.#log = log
    this.initialIds.push(originalDestination)
  }

  /** Which keys may open a packet, the likeliest first. */
  keys(space: Space, side: Side, version: number): readonly Keys[] {
    if (space === 'initial')
      return this.initialIds.map((id) => this.#cached(`${id.toString('hex')} ${version} ${side}`, () => Keys.initial(version, id, side)))
    if (version !== 0) this.#version = version
    const secret = this.clientHello === null ? null : this.#log.secret(this.clientHello.random, side, space)
    const suite = SUITES[this.#suite]
    if (secret === null || suite === undefined) return []
    return [this.#cached(`${space} ${side}`, () => new Keys(suite, this.#version, secret))]
  }

  /** Key phases follow each other: the keys of the given generation, 0 being the first. */
  generation(side: Side, index: number): Keys | null {
    if (index === 0) return this.keys('1rtt', side, 0)[0] ?? null
    const before = this.generation(side, index - 1)
    return before && this.#cached(`1rtt ${side} ${index}`, () => before.updated())
  }

  /** The packet number in full, RFC 9000 appendix A.3. */
  expand(space: Space, side: Side, truncated: number, bytes: number): number {
    const window = 2 ** (8 * bytes)
    const expected = (this.#largest.get(`${space} ${side}`) ?? -1) + 1
    const candidate = expected - (expected % window) + truncated
    if (candidate <= expected - window / 2) return candidate + window
    return candidate > expected + window / 2 && candidate >= window ? candidate - window : candidate
  }

  opened(space: Space, side: Side, number: number): void {
    const key = `${space} ${side}`
    this.#largest.set(key, Math.max(this.#largest.get(key) ?? -1, number))
  }

  crypto(space: Space, side: Side, offset: number, data: Buffer): void {
    if (space === '1rtt') return
    const key = `${space} ${side}`
    const stream = this.#crypto.get(key) ?? new CryptoStream()
    this.#crypto.set(key, stream)
    stream.add(offset, data)
    for (const { type, body } of stream.messages()) {
      if (type === CLIENT_HELLO && side === 'client') this.clientHello = readClientHello(body)
      if (type === SERVER_HELLO && side === 'server') this.#suite = readServerHello(body)
      if (type === ENCRYPTED_EXTENSIONS) this.parameters = readTransportParameters(body)
      if (type === CERTIFICATE && side === 'server') this.hasCertificate = true
    }
  }

  /** The connection id that goes with the server's preferred address, RFC 9000 section 18.2; null if it names none. */
  get preferredId(): Buffer | null {
    const preferred = this.parameters.get(PREFERRED_ADDRESS)
    if (preferred === undefined) return null
    const length = preferred[ADDRESSES_LENGTH] ?? 0
    return preferred.subarray(ADDRESSES_LENGTH + 1, ADDRESSES_LENGTH + 1 + length)
  }

  #cached(key: string, make: () => Keys): Keys {
    const known = this.#keys.get(key)
    if (known !== undefined) return known
    const keys = make()
    this.#keys.set(key, keys)
    return keys
  }
}
