// What the cases demand of the trace besides that the files arrived: the conditions of the public interop runner.
import type { Packet } from '../trace/packet.ts'
import { VERSION_1, VERSION_2 } from '../trace/protection.ts'
import type { Recorded, Side } from '../trace/recorded.ts'
import type { Check } from './check.ts'

const CHACHA20 = 0x1303
const INITIAL_MAX_STREAMS_BIDI = 0x08
const PREFERRED_ADDRESS = 0x0d
/** All names of the zerortt case take 10,000 bytes; the client may send half of that outside 0-RTT. */
const MOST_1RTT_BYTES = 5_000
/** RFC 9000 section 8.1 says three; other factors of the machine (a datagram counted late) are no reason to fail. */
const AMPLIFICATION_FACTOR = 3
const LONG_CHAIN_BYTES = 7_500
const CE = 3
/** A challenge that was sent so shortly before the end need not be answered any more. */
const LAST_WORDS_MILLIS = 250

const from = (packets: readonly Packet[], side: Side): Packet[] => packets.filter(({ datagram }) => datagram.from === side)
const has = (packet: Packet, frame: string): boolean => packet.frames.some(({ name }) => name === frame)
const hex = (version: number | null): string => `0x${(version ?? 0).toString(16).padStart(8, '0')}`

/**
 * Each handshake shows by another id that the server chooses in its Initial packets. Those without a byte of TLS do not count: a server without
 * a connection refuses under whatever id it was sent a damaged packet.
 */
export const handshakes =
  (wanted: number): Check =>
  ({ packets }) => {
    const ids = new Set(
      from(packets, 'server')
        .filter((packet) => packet.type === 'initial' && has(packet, 'CRYPTO'))
        .map(({ source }) => source),
    )
    return ids.size === wanted ? null : `${ids.size} handshakes were seen, not ${wanted}`
  }

export const version1: Check = ({ packets }) => {
  const other = from(packets, 'server').find(({ type, version }) => type === 'initial' && version !== VERSION_1)
  return other === undefined ? null : `the server sent an Initial packet of version ${hex(other.version)}`
}

export const noRetry: Check = ({ packets }) => (packets.some(({ type }) => type === 'retry') ? 'the server sent a Retry' : null)

export const helloRepeated: Check = ({ packets }) => {
  const hellos = from(packets, 'client').filter(
    ({ type, frames }) => type === 'initial' && frames.some((frame) => frame.name === 'CRYPTO' && frame.numbers[0] === 0),
  )
  return hellos.length >= 2 ? null : `the start of the ClientHello was sent ${hellos.length} times, 2 were expected`
}

export const chacha20: Check = ({ connections }) => {
  const suites = connections[0]?.clientHello?.suites ?? []
  return suites.length === 1 && suites[0] === CHACHA20
    ? null
    : `the client offers ${suites.map(hex).join(', ')}, not ChaCha20-Poly1305 alone`
}

export const fewStreamsAtOnce: Check = ({ connections }) => {
  const limit = integer(connections[0]?.parameters.get(INITIAL_MAX_STREAMS_BIDI))
  if (limit === null) return "the server's transport parameters could not be read"
  return limit <= 1000 ? null : `the server permits ${limit} streams from the start, 1000 are the most`
}

export const retry: Check = ({ packets }) => {
  const at = packets.findIndex(({ type }) => type === 'retry')
  if (at === -1) return 'the server sent no Retry'
  const { token } = packets[at]!
  if (token.length === 0) return 'the Retry has no token'
  const answer = packets
    .slice(at)
    .find((packet) => packet.datagram.from === 'client' && packet.type === 'initial' && packet.token.equals(token))
  if (answer === undefined) return "no Initial packet of the client carried the Retry's token"
  const before = Math.max(...from(packets.slice(0, at), 'client').map(({ number }) => number ?? -1))
  return answer.number === null || answer.number > before
    ? null
    : `after the Retry the packet number went back from ${before} to ${answer.number}`
}

export const resumed: Check = ({ connections }) => {
  if (connections[0]?.hasCertificate !== true) return 'the server showed no certificate on the first connection'
  return connections[1]?.hasCertificate === false ? null : 'the server showed a certificate on the second connection: it was not resumed'
}

/** Probes of the path's MTU (RFC 9000 section 14.4), which hold PING and PADDING, do not count. */
export const zeroRtt: Check = ({ packets: all }) => {
  const packets = all.filter(({ frames }) => frames.length === 0 || frames.some(({ name }) => name !== 'PING' && name !== 'IMMEDIATE_ACK'))
  const sum = (type: string): number =>
    from(packets, 'client')
      .filter((packet) => packet.type === type)
      .reduce((total, packet) => total + packet.payloadLength, 0)
  if (sum('0rtt') === 0) return 'the client sent nothing in 0-RTT'
  return sum('1rtt') <= MOST_1RTT_BYTES ? null : `the client sent ${sum('1rtt')} bytes outside 0-RTT, ${MOST_1RTT_BYTES} are the most`
}

export const keyUpdated: Check = ({ packets }) => {
  const silent = (['client', 'server'] as const).find((side) => !from(packets, side).some(({ keyPhase }) => keyPhase === 1))
  return silent === undefined ? null : `the ${silent} sent no packet in key phase 1`
}

export const ecn: Check = ({ datagrams, packets }) => {
  for (const side of ['client', 'server'] as const) {
    const sent = datagrams.filter((datagram) => datagram.from === side)
    if (!sent.some((datagram) => datagram.ecn === 1 || datagram.ecn === 2)) return `the ${side} marked no datagram as capable of ECN`
    if (sent.some((datagram) => datagram.ecn === CE)) return `the ${side} sent a datagram marked CE`
    if (!from(packets, side).some((packet) => has(packet, 'ACK_ECN'))) return `the ${side} acknowledged without ECN counts`
  }
  return null
}

export const amplification: Check = ({ datagrams, packets }) => {
  const ends = from(packets, 'server')
    .flatMap(({ type, frames }) => (type === 'handshake' ? frames : []))
    .filter(({ name }) => name === 'CRYPTO')
  const furthest = Math.max(0, ...ends.map(({ numbers, bytes }) => numbers[0]! + bytes.length))
  if (furthest < LONG_CHAIN_BYTES) return `the server's handshake has ${furthest} bytes, too few for a chain that meets the limit`
  const heard =
    packets.find(({ datagram, type }) => datagram.from === 'client' && type === 'handshake')?.datagram.at ?? Number.POSITIVE_INFINITY
  return amplified(datagrams.filter(({ at }) => at <= heard))
}

export const version2: Check = ({ packets }) => {
  const initials = (side: Side): Packet[] => from(packets, side).filter(({ type }) => type === 'initial')
  if (!initials('client').some(({ version }) => version === VERSION_1)) return 'the client did not begin with version 1'
  if (!initials('server').some(({ version }) => version === VERSION_2)) return 'the server did not answer in version 2'
  const other = packets.find(({ type, version }) => type === 'handshake' && version !== VERSION_2)
  return other === undefined ? null : `the ${other.datagram.from} sent a Handshake packet of version ${hex(other.version)}`
}

/**
 * On each path after the first the server asks whether the client is there, and hears that it is. The public interop runner wants its very first packet
 * there to ask; RFC 9000 sections 8.1 and 9.3 want it to send no more than three times what came from there before it has heard. Some of the
 * peers keep the one rule and some the other: either will do.
 */
export const newPathsValidated: Check = ({ packets }) => {
  const paths = pathsOf(packets)
  if (paths.length < 2) return 'the server saw the client under one address only'
  for (const path of paths.slice(1)) {
    const onPath = packets.filter(({ datagram }) => datagram.path === path)
    if (from(onPath, 'server').length === 0) continue
    const challenges = from(onPath, 'server').filter((packet) => has(packet, 'PATH_CHALLENGE'))
    if (challenges.length === 0) return `the server sent no PATH_CHALLENGE on path ${path}`
    const answeredAt = answerTo(challenges, packets)
    if (answeredAt === null && packets.at(-1)!.datagram.at - challenges[0]!.datagram.at < LAST_WORDS_MILLIS) continue
    if (answeredAt === null) return `no PATH_CHALLENGE on path ${path} was answered`
    if (asksFirst(from(onPath, 'server'))) continue
    const excess = amplified(datagramsOf(onPath).filter(({ at }) => at <= answeredAt))
    if (excess !== null) return `on path ${path} ${excess}`
  }
  return null
}

export const newHosts: Check = ({ datagrams }) =>
  new Set(datagrams.map(({ clientHost }) => clientHost)).size >= 2 ? null : 'the server saw the client under one host only'

export const prefersAddress: Check = ({ connections }) =>
  connections[0]?.parameters.has(PREFERRED_ADDRESS) ? null : 'the server named no preferred address'

export const newIdOnNewPath: Check = ({ packets }) => {
  const used = new Set<string>()
  for (const path of pathsOf(packets)) {
    const onPath = from(packets, 'client').filter(({ datagram }) => datagram.path === path)
    if (used.has(onPath[0]!.destination)) return `the client used an earlier connection id on path ${path}`
    for (const { destination } of onPath) used.add(destination)
  }
  return null
}

/** Paths on which the client sent, in the order in which it began to. */
function pathsOf(packets: readonly Packet[]): number[] {
  return [...new Set(from(packets, 'client').map(({ datagram }) => datagram.path))]
}

/** Whether nothing but answers to the client's own challenges came before the server's. */
function asksFirst(sent: readonly Packet[]): boolean {
  const first = sent.find(({ frames }) => frames.some(({ name }) => name !== 'PATH_RESPONSE'))
  return first !== undefined && has(first, 'PATH_CHALLENGE')
}

/** When the client first answered one of the challenges, on whatever path. */
function answerTo(challenges: readonly Packet[], packets: readonly Packet[]): number | null {
  const asked = challenges.flatMap(({ frames }) => frames).filter(({ name }) => name === 'PATH_CHALLENGE')
  const answer = from(packets, 'client').find(({ frames }) =>
    frames.some(({ name, bytes }) => name === 'PATH_RESPONSE' && asked.some((challenge) => challenge.bytes.equals(bytes))),
  )
  return answer?.datagram.at ?? null
}

function datagramsOf(packets: readonly Packet[]): Recorded[] {
  return [...new Set(packets.map(({ datagram }) => datagram))]
}

/** Whether the server sent more than it may to an address that is not validated. */
function amplified(datagrams: readonly Recorded[]): string | null {
  let [credit, spent] = [0, 0]
  for (const { from: side, bytes } of datagrams) {
    if (side === 'client') credit += bytes.length * AMPLIFICATION_FACTOR
    else spent += bytes.length
    if (spent > credit) return `the server sent ${spent} bytes to an address that was not validated, ${credit} were allowed`
  }
  return null
}

/** The variable-length integer of a transport parameter. */
function integer(value: Buffer | undefined): number | null {
  if (value === undefined || value.length === 0 || value.length > 4) return null
  return value.readUIntBE(0, value.length) & (2 ** (8 * value.length - 2) - 1)
}
