// From recorded datagrams and the key log to packets with their frames.
import { setImmediate as turn } from 'node:timers/promises'
import { Connection } from './connection.ts'
import { type Frame, readFrames } from './frames.ts'
import { isLong, type LongHeader, readLongHeader } from './headers.ts'
import type { KeyLog } from './key-log.ts'
import type { Packet } from './packet.ts'
import type { Keys } from './protection.ts'
import type { Recorded, Side } from './recorded.ts'

const NOTHING = Buffer.alloc(0)
const LONGEST_ID = 20
/** Some milliseconds of work. */
const DATAGRAMS_A_TURN = 64
/** How many key updates ahead of what was seen are tried. */
const GENERATIONS_AHEAD = 1

export interface Trace {
  readonly datagrams: readonly Recorded[]
  readonly packets: readonly Packet[]
  /** In the order in which they began. */
  readonly connections: readonly Connection[]
}

/** Ten megabytes take half a second, in which the relays of other rows have to have their turns. */
export async function decrypt(datagrams: readonly Recorded[], log: KeyLog): Promise<Trace> {
  const reading = new Reading(log)
  for (const [index, datagram] of datagrams.entries()) {
    if (index % DATAGRAMS_A_TURN === 0) await turn()
    reading.datagram(datagram)
  }
  return { datagrams, packets: reading.packets, connections: reading.connections }
}

interface Opened {
  readonly number: number
  readonly keyPhase: 0 | 1
  readonly payloadLength: number
  readonly frames: readonly Frame[]
}

const UNOPENED = { number: null, keyPhase: 0, payloadLength: 0, frames: [] } as const

class Reading {
  readonly packets: Packet[] = []
  readonly connections: Connection[] = []
  readonly #log: KeyLog
  /** By the side that chose the id, and the id in hex. */
  readonly #byId = new Map<string, Connection>()
  /** For clients whose ids have no length. */
  readonly #byPath = new Map<number, Connection>()
  readonly #idLengths = { client: new Set<number>(), server: new Set<number>() }
  readonly #generation = new Map<Connection, { client: number; server: number }>()

  constructor(log: KeyLog) {
    this.#log = log
  }

  datagram(datagram: Recorded): void {
    let rest = datagram.bytes
    while (rest.length > 0) {
      if (!isLong(rest)) {
        this.#short(datagram, rest)
        return
      }
      const header = readLongHeader(rest)
      if (header === null) return
      this.#long(datagram, rest.subarray(0, header.length), header)
      rest = rest.subarray(header.length)
    }
  }

  #long(datagram: Recorded, packet: Buffer, header: LongHeader): void {
    const { type, version, destination, source, token } = header
    const connection = this.#connectionOf(datagram, header)
    if (connection !== null && type !== 'versionNegotiation') this.#knowId(connection, datagram.from, source)
    if (connection !== null && type === 'retry') connection.initialIds.push(source)
    let opened: Opened | typeof UNOPENED = UNOPENED
    if (connection !== null && (type === 'initial' || type === 'handshake')) {
      for (const keys of connection.keys(type, datagram.from, version)) {
        opened = this.#open(connection, type, datagram.from, packet, header.numberAt, keys) ?? opened
        if (opened.number !== null) break
      }
    }
    const payloadLength = type === '0rtt' ? packet.length - header.numberAt - 16 : opened.payloadLength
    this.packets.push({
      datagram,
      type,
      version,
      destination: destination.toString('hex'),
      source: source.toString('hex'),
      token,
      ...opened,
      payloadLength,
    })
  }

  #short(datagram: Recorded, packet: Buffer): void {
    const found = this.#shortOwner(datagram, packet)
    let opened: Opened | typeof UNOPENED = UNOPENED
    if (found !== null) {
      const seen = this.#generation.get(found.connection) ?? { client: 0, server: 0 }
      this.#generation.set(found.connection, seen)
      for (let index = seen[datagram.from] + GENERATIONS_AHEAD; index >= Math.max(0, seen[datagram.from] - 1); index--) {
        const keys = found.connection.generation(datagram.from, index)
        const attempt = keys && this.#open(found.connection, '1rtt', datagram.from, packet, 1 + found.length, keys, index & 1)
        if (attempt === null) continue
        opened = attempt
        seen[datagram.from] = Math.max(seen[datagram.from], index)
        break
      }
    }
    const destination = packet.subarray(1, 1 + (found?.length ?? 0)).toString('hex')
    this.packets.push({ datagram, type: '1rtt', version: null, destination, source: '', token: NOTHING, ...opened })
  }

  /** RFC 9001 section 5.4.1; `phase` is the key phase that the keys are of. */
  #open(
    connection: Connection,
    space: 'initial' | 'handshake' | '1rtt',
    from: Side,
    packet: Buffer,
    numberAt: number,
    keys: Keys,
    phase = 0,
  ): Opened | null {
    if (packet.length < numberAt + 20) return null
    const mask = keys.mask(packet.subarray(numberAt + 4, numberAt + 20))
    const first = packet[0]! ^ (mask[0]! & (isLong(packet) ? 0x0f : 0x1f))
    if (!isLong(packet) && ((first >> 2) & 1) !== phase) return null
    const length = (first & 3) + 1
    const header = Buffer.from(packet.subarray(0, numberAt + length))
    header[0] = first
    for (let i = 0; i < length; i++) header[numberAt + i]! ^= mask[1 + i]!
    const number = connection.expand(space, from, header.readUIntBE(numberAt, length), length)
    const payload = keys.open(header, number, packet.subarray(numberAt + length))
    if (payload === null) return null
    connection.opened(space, from, number)
    const frames = readFrames(payload) ?? []
    for (const frame of frames) {
      if (frame.name === 'CRYPTO') this.#crypto(connection, space, from, frame)
      if (frame.name === 'NEW_CONNECTION_ID') this.#knowId(connection, from, frame.bytes)
    }
    return { number, keyPhase: phase === 1 ? 1 : 0, payloadLength: payload.length, frames }
  }

  #crypto(connection: Connection, space: 'initial' | 'handshake' | '1rtt', from: Side, { numbers, bytes }: Frame): void {
    connection.crypto(space, from, numbers[0]!, bytes)
    const { preferredId } = connection
    if (preferredId !== null) this.#knowId(connection, 'server', preferredId)
  }

  #connectionOf({ from, path }: Recorded, { type, destination }: LongHeader): Connection | null {
    const to = from === 'client' ? 'server' : 'client'
    const known = this.#byId.get(`${to} ${destination.toString('hex')}`) ?? (destination.length === 0 ? this.#byPath.get(path) : undefined)
    if (known !== undefined) {
      return known
    }
    if (from === 'server' || type !== 'initial') return null
    const connection = new Connection(this.#log, destination)
    this.connections.push(connection)
    this.#knowId(connection, 'server', destination)
    this.#byPath.set(path, connection)
    return connection
  }

  #shortOwner({ from, path }: Recorded, packet: Buffer): { connection: Connection; length: number } | null {
    const to = from === 'client' ? 'server' : 'client'
    for (const length of this.#idLengths[to]) {
      if (length === 0 || packet.length < 1 + length) continue
      const connection = this.#byId.get(`${to} ${packet.subarray(1, 1 + length).toString('hex')}`)
      if (connection !== undefined) return { connection, length }
    }
    const connection = this.#byPath.get(path) ?? (this.connections.length === 1 ? this.connections[0] : undefined)
    return connection === undefined || !this.#idLengths[to].has(0) ? null : { connection, length: 0 }
  }

  #knowId(connection: Connection, owner: Side, id: Buffer): void {
    if (id.length > LONGEST_ID) return
    this.#idLengths[owner].add(id.length)
    if (id.length > 0) this.#byId.set(`${owner} ${id.toString('hex')}`, connection)
  }
}
