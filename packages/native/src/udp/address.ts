// Where a datagram comes from or goes to, and the book in which a socket keeps those it knows.
import { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { NativeError } from '../error.ts'
import { formatIpv4, formatIpv6, isMapped, mapIpv4, parseIp } from './ip.ts'

/**
 * Within one socket the same remote is the same object for as long as the socket remembers it. It remembers 4096, and forgets those first
 * that were not seen again, so that forged addresses do not drive out the real ones.
 */
export interface Address {
  readonly family: 4 | 6
  /** As text, RFC 5952; an IPv4 address is never in its mapped IPv6 form. */
  readonly address: string
  readonly port: number
}

/** How many addresses a socket remembers: enough for its connections, and bounded, since anyone can forge more. */
export const MAX_ADDRESSES = 4096

/** struct sockaddr_in and sockaddr_in6 of Linux: family (2), port (2), then address; or flow label (4), address (16), scope (4). */
export const SOCKADDR_LENGTH = { 4: 16, 6: 28 } as const
/** What one takes in a table of them. */
export const SOCKADDR_STRIDE = 32
const AF_INET = 2
const AF_INET6 = 10

/** An address with what the system calls need. Its owner is one book. */
export class KnownAddress implements Address {
  readonly family: 4 | 6
  readonly address: string
  readonly port: number
  readonly #book: AddressBook
  readonly #sockaddr: Buffer
  readonly #host: string

  constructor(book: AddressBook, sockaddr: Buffer) {
    const mapped = sockaddr.length > SOCKADDR_LENGTH[4] && isMapped(sockaddr, 8)
    const isFour = sockaddr.length === SOCKADDR_LENGTH[4]
    const host = isFour ? formatIpv4(sockaddr, 4) : formatIpv6(sockaddr, 8, sockaddr.readUInt32LE(24))
    this.family = isFour || mapped ? 4 : 6
    this.address = mapped ? formatIpv4(sockaddr, 20) : host
    this.port = sockaddr.readUInt16BE(2)
    this.#book = book
    this.#sockaddr = sockaddr
    this.#host = mapped ? `::ffff:${this.address}` : host
  }

  static belongsTo(address: Address, book: AddressBook): address is KnownAddress {
    return #book in address && address.#book === book
  }

  /** As the C library has it. Of one length for all addresses of a book. */
  static sockaddr(address: KnownAddress): Buffer {
    return address.#sockaddr
  }

  /** As node:dgram wants it: in the socket's own family. */
  static host(address: KnownAddress): string {
    return address.#host
  }
}

interface Entry {
  readonly address: KnownAddress
  seenAgain: boolean
}

/** The addresses that one socket knows. `family` is the socket's; one of 6 takes IPv4 in mapped form. */
export class AddressBook {
  readonly #family: 4 | 6
  readonly #length: number
  /** In order of arrival, or of their second chance. */
  readonly #known = new Map<number, Entry>()
  // So that nobody can choose addresses that fall on the same key.
  readonly #seed = randomBytes(4).readUInt32LE() | 1
  #last: KnownAddress | null = null
  #lastText = ''
  #lastResolved: KnownAddress | null = null

  constructor(family: 4 | 6) {
    this.#family = family
    this.#length = SOCKADDR_LENGTH[family]
  }

  /**
   * The address in a literal and a port, 0 to 65535: mostly the same one again. Throws `NativeError` (`ERR_NATIVE_OPTION`) if they are not, or the socket cannot reach
   * such.
   */
  resolve(text: string, port: number): KnownAddress {
    if (this.#lastResolved === null || port !== this.#lastResolved.port || text !== this.#lastText) {
      this.#lastResolved = this.at(encodeSockaddr(this.#family, text, port), 0)
      this.#lastText = text
    }
    return this.#lastResolved
  }

  /** An address that may be another socket's, as one of ours. */
  own(address: Address): KnownAddress {
    return KnownAddress.belongsTo(address, this) ? address : this.resolve(address.address, address.port)
  }

  /** As `resolve`, for what node:dgram reports. */
  fromHost(host: string, port: number): KnownAddress {
    return this.resolve(withoutZoneName(host), port)
  }

  /** The address in a sockaddr. Allocates only for one that is new. */
  at(bytes: Buffer, offset: number): KnownAddress {
    const last = this.#last
    if (last !== null && this.#isAt(last, bytes, offset)) return last
    const key = this.#key(bytes, offset)
    let entry = this.#known.get(key)
    if (entry === undefined || !this.#isAt(entry.address, bytes, offset)) entry = this.#add(key, bytes, offset)
    else entry.seenAgain = true
    this.#last = entry.address
    return entry.address
  }

  #add(key: number, bytes: Buffer, offset: number): Entry {
    const address = new KnownAddress(this, Buffer.from(bytes.subarray(offset, offset + this.#length)))
    const entry: Entry = { address, seenAgain: false }
    this.#known.delete(key)
    if (this.#known.size >= MAX_ADDRESSES) this.#forget()
    this.#known.set(key, entry)
    return entry
  }

  /** Drops the oldest that was not seen again since it was last considered. Ends within two rounds: the first leaves no one seen again. */
  #forget(): void {
    for (const [key, entry] of this.#known) {
      this.#known.delete(key)
      if (!entry.seenAgain) return
      entry.seenAgain = false
      this.#known.set(key, entry) // at the end
    }
  }

  /** 48 bits: of IPv4 address and port themselves; of IPv6 a seeded hash, so that two may share one, and the later replaces the earlier. */
  #key(bytes: Buffer, offset: number): number {
    const port = (bytes[offset + 2]! << 8) | bytes[offset + 3]!
    if (this.#family === 4) return word(bytes, offset + 4) * 0x10000 + port
    let low = this.#seed ^ port
    let high = low
    for (let i = 8; i < 28; i += 4) {
      const value = word(bytes, offset + i)
      low = Math.imul(low ^ value, 0x9e3779b1)
      low ^= low >>> 15
      high = Math.imul(high + value, 0x85ebca77) ^ low
      high ^= high >>> 13
    }
    return (low >>> 0) * 0x10000 + (high & 0xffff)
  }

  #isAt(address: KnownAddress, bytes: Buffer, offset: number): boolean {
    const known = KnownAddress.sockaddr(address)
    // Not the family, which is the socket's, and not the flow label, which is a packet's.
    if (known[2] !== bytes[offset + 2] || known[3] !== bytes[offset + 3]) return false
    const end = this.#family === 4 ? 8 : 28
    for (let i = this.#family === 4 ? 4 : 8; i < end; i++) if (known[i] !== bytes[offset + i]) return false
    return true
  }
}

/** A sockaddr for a socket of a family. Throws `ERR_NATIVE_OPTION`. */
export function encodeSockaddr(family: 4 | 6, text: string, port: number): Buffer {
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new NativeError('ERR_NATIVE_OPTION', `A port is 0 to 65535, not ${port}.`)
  const ip = parseIp(text)
  if (family === 4 && ip.family === 6)
    throw new NativeError('ERR_NATIVE_OPTION', `A socket bound to an IPv4 address does not reach ${text}.`)
  const sockaddr = Buffer.alloc(SOCKADDR_LENGTH[family])
  sockaddr.writeUInt16LE(family === 4 ? AF_INET : AF_INET6, 0)
  sockaddr.writeUInt16BE(port, 2)
  if (family === 4) sockaddr.set(ip.bytes, 4)
  else {
    sockaddr.set(ip.family === 4 ? mapIpv4(ip.bytes) : ip.bytes, 8)
    sockaddr.writeUInt32LE(ip.zone, 24)
  }
  return sockaddr
}

function word(bytes: Buffer, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

/** Windows and macOS report zones by name, which nothing here needs to tell apart; numbers stay. */
function withoutZoneName(host: string): string {
  const percent = host.indexOf('%')
  return percent < 0 || /^\d+$/.test(host.slice(percent + 1)) ? host : host.slice(0, percent)
}
