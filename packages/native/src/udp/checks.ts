// Checks and errors that both kinds of socket share.
import { getSystemErrorName } from 'node:util'
import { type Arena, outOfRange } from '../arena.ts'
import type { SocketFunctions } from '../binding/libc.ts'
import { NativeError } from '../error.ts'
import type { UdpSocketOptions } from './socket.ts'

/** The longest UDP payload over IPv4. */
const MAX_DATAGRAM = 65_507

const SENTENCES: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'The port is in use: choose another, or end the program that has it.'],
  ['EACCES', 'Ports below 1024 need privileges: choose another.'],
  ['EADDRNOTAVAIL', 'No interface of this machine has that address.'],
  ['EAFNOSUPPORT', 'This machine has no such address family: IPv6 may be switched off.'],
])

/** Throws `ERR_NATIVE_RANGE` unless a train lies inside `outgoing`. Written so that NaN fails too. */
export function checkTrain(outgoing: Arena, offset: number, length: number, segmentSize: number): void {
  if (!(offset >= 0 && length >= 1 && offset + length <= outgoing.size)) outOfRange(offset, length, outgoing.size)
  if (!(segmentSize >= 1 && segmentSize <= MAX_DATAGRAM)) {
    throw new NativeError('ERR_NATIVE_RANGE', `A datagram has 1 to ${MAX_DATAGRAM} bytes, not ${segmentSize}.`)
  }
}

/** The ECN field has two bits. RFC 3168 section 5. */
export function checkEcn(ecn: number): void {
  if (ecn !== 0 && ecn !== 1 && ecn !== 2 && ecn !== 3) throw new NativeError('ERR_NATIVE_RANGE', `An ECN codepoint is 0 to 3, not ${ecn}.`)
}

/** What a system call has returned, or its refusal, which is thrown. */
export function checkCall(call: string, result: number, calls: SocketFunctions): number {
  if (result >= 0) return result
  const code = getSystemErrorName(-calls.errno())
  throw new NativeError(code, `UDP ${call}: ${code}.`)
}

/** A refusal of the operating system, with what to do about it. */
export function systemError(code: string, call: string, { address, port }: UdpSocketOptions): NativeError {
  const place = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  return new NativeError(code, `UDP ${call} ${place}: ${code}. ${SENTENCES.get(code) ?? ''}`.trimEnd())
}
