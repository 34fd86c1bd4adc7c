// What the kernel tells beside a datagram: its ECN field, how many were dropped before it, and where to cut it if it is several.
// cmsg(3), ip(7), ipv6(7), socket(7), udp(7).
import type { Arena } from '../arena.ts'
import { CMSG, IP_TOS, IPPROTO_IP, IPPROTO_IPV6, IPV6_TCLASS, SO_RXQ_OVFL, SOL_SOCKET, SOL_UDP, UDP_GRO } from './linux.ts'

/** Bytes of a control buffer: room for every message that the socket has asked for, 24 bytes each. */
export const CONTROL_STRIDE = 96

/** The two low bits of the TOS and the traffic-class octet. RFC 3168 section 5. */
const ECN_MASK = 3

/** Reads control buffers of `CONTROL_STRIDE` bytes that lie one after the other. */
export class Ancillary {
  /** The ECN codepoint of the datagram that was read last, 0 to 3. */
  ecn = 0
  /** Datagrams that the full receive buffer has dropped since the socket was opened: the last word on it. */
  dropped = 0
  /** What was read last is several datagrams of so many bytes, but for the last one, which may be shorter; 0 if it is one. */
  segmentSize = 0
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array

  constructor(memory: Arena) {
    this.#bytes = memory.bytes
    this.#words = new Uint32Array(memory.bytes.buffer, memory.bytes.byteOffset, memory.size >> 2)
  }

  /** Takes in the messages of [offset, offset + length). The kernel writes them, so that their lengths are sound; they are bounded all the same. */
  read(offset: number, length: number): void {
    const words = this.#words
    const end = offset + Math.min(length, CONTROL_STRIDE)
    this.ecn = 0
    this.segmentSize = 0
    for (let at = offset; at + CMSG.head < end; ) {
      const word = at >> 2
      const level = words[word + (CMSG.level >> 2)]!
      const type = words[word + (CMSG.type >> 2)]!
      if ((level === IPPROTO_IP && type === IP_TOS) || (level === IPPROTO_IPV6 && type === IPV6_TCLASS)) {
        // The lowest byte is the first one, of the byte that IPv4 has as of the int that IPv6 has.
        this.ecn = this.#bytes[at + CMSG.value]! & ECN_MASK
      } else if (level === SOL_UDP && type === UDP_GRO) this.segmentSize = words[word + (CMSG.value >> 2)]!
      else if (level === SOL_SOCKET && type === SO_RXQ_OVFL) this.dropped = words[word + (CMSG.value >> 2)]!
      at += Math.max(CMSG.head, (words[word]! + 7) & ~7)
    }
  }
}
