// A forged ICMP message from a raw socket: "the path carries no more than so many bytes", said of a UDP flow. RFC 1191 section 4. Needs root, and Linux.
import assert from 'node:assert/strict'
import { Arena, addressOf } from '../src/arena.ts'
import { sockets } from '../src/binding/libc.ts'
import { encodeSockaddr } from '../src/udp/address.ts'
import { IOVEC, MSGHDR, writeWord } from '../src/udp/linux.ts'

const AF_INET = 2
const SOCK_RAW = 3
const IPPROTO_ICMP = 1
const IPPROTO_UDP = 17

/** Who is to believe it of its packets to whom: IPv4 addresses. */
export interface Flow {
  readonly from: { readonly address: string; readonly port: number }
  readonly to: { readonly address: string; readonly port: number }
}

export function forgePacketTooBig({ from, to }: Flow, mtu: number): void {
  const calls = sockets()
  const socket = calls.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)
  assert.ok(socket >= 0, 'a raw socket needs root')
  const message = Arena.from(packetTooBig({ from, to }, mtu))
  const name = Arena.from(encodeSockaddr(4, from.address, 0))
  const vector = Arena.allocate(IOVEC.size)
  const header = Arena.allocate(MSGHDR.size)
  writeWord(vector.view, IOVEC.base, addressOf(message))
  writeWord(vector.view, IOVEC.length, message.size)
  writeWord(header.view, MSGHDR.name, addressOf(name))
  writeWord(header.view, MSGHDR.nameLength, name.size)
  writeWord(header.view, MSGHDR.vectors, addressOf(vector))
  writeWord(header.view, MSGHDR.vectorCount, 1)
  const sent = calls.sendmsg(socket, addressOf(header), 0)
  calls.close(socket)
  assert.equal(sent, message.size)
}

/** Type 3, code 4, with the headers of a datagram that the flow may have sent. RFC 792, RFC 791 section 3.1. */
function packetTooBig({ from, to }: Flow, mtu: number): Buffer {
  const ip = Buffer.from([0x45, 0, 0x05, 0x94, 0, 1, 0x40, 0, 64, IPPROTO_UDP, 0, 0, ...octets(from.address), ...octets(to.address)])
  ip.writeUInt16BE(checksum(ip), 10)
  const udp = Buffer.alloc(8)
  udp.writeUInt16BE(from.port, 0)
  udp.writeUInt16BE(to.port, 2)
  udp.writeUInt16BE(1408, 4)
  const icmp = Buffer.concat([Buffer.from([3, 4, 0, 0, 0, 0, 0, 0]), ip, udp])
  icmp.writeUInt16BE(mtu, 6)
  icmp.writeUInt16BE(checksum(icmp), 2)
  return icmp
}

function octets(address: string): number[] {
  return address.split('.').map(Number)
}

/** RFC 1071, over an even number of bytes. */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
