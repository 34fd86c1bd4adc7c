// Writes UDP datagrams as a pcap file of raw IPv4 packets between two ports of 127.0.0.1.
import { closeSync, openSync, writeSync } from 'node:fs'

const MAGIC_NANOSECONDS = 0xa1b23c4d
const LINKTYPE_RAW = 101

/** The record ends here, bytes: enough for the longest case, and no disk fills up. */
const LARGEST = 256 * 1024 * 1024

const RECORD_HEADER = 16
const IP_HEADER = 20
const UDP_HEADER = 8
const LOOPBACK = 0x7f000001
const UDP = 17

export class Pcap {
  #file: number
  #written = 0

  constructor(path: string) {
    this.#file = openSync(path, 'w')
    const header = Buffer.alloc(24)
    header.writeUInt32LE(MAGIC_NANOSECONDS, 0)
    header.writeUInt16LE(2, 4)
    header.writeUInt16LE(4, 6)
    header.writeUInt32LE(0xffff, 16)
    header.writeUInt32LE(LINKTYPE_RAW, 20)
    writeSync(this.#file, header)
  }

  write(datagram: Buffer, sourcePort: number, destinationPort: number): void {
    if (this.#written > LARGEST) return
    const packet = Buffer.alloc(RECORD_HEADER + IP_HEADER + UDP_HEADER + datagram.length)
    writeRecordHeader(packet, packet.length - RECORD_HEADER)
    writeIpHeader(packet.subarray(RECORD_HEADER), IP_HEADER + UDP_HEADER + datagram.length)
    writeUdpHeader(packet.subarray(RECORD_HEADER + IP_HEADER), UDP_HEADER + datagram.length, sourcePort, destinationPort)
    datagram.copy(packet, RECORD_HEADER + IP_HEADER + UDP_HEADER)
    this.#written += writeSync(this.#file, packet)
  }

  close(): void {
    closeSync(this.#file)
  }
}

function writeRecordHeader(to: Buffer, length: number): void {
  const nanos = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6))
  to.writeUInt32LE(Number(nanos / 1_000_000_000n), 0)
  to.writeUInt32LE(Number(nanos % 1_000_000_000n), 4)
  to.writeUInt32LE(length, 8)
  to.writeUInt32LE(length, 12)
}

/** RFC 791 section 3.1. The checksum stays zero: readers take it for not computed. */
function writeIpHeader(to: Buffer, length: number): void {
  to.writeUInt8(0x45, 0)
  to.writeUInt16BE(length, 2)
  to.writeUInt8(64, 8)
  to.writeUInt8(UDP, 9)
  to.writeUInt32BE(LOOPBACK, 12)
  to.writeUInt32BE(LOOPBACK, 16)
}

/** RFC 768; a checksum of zero says that there is none. */
function writeUdpHeader(to: Buffer, length: number, sourcePort: number, destinationPort: number): void {
  to.writeUInt16BE(sourcePort, 0)
  to.writeUInt16BE(destinationPort, 2)
  to.writeUInt16BE(length, 4)
}
