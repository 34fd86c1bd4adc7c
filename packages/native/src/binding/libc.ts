// The functions of libc that this package calls. Names and arguments are those of their manual pages (section 2, memcpy in 3).
import { type Bound, bind, lastErrno, once, unsupported } from './load.ts'

const MEMORY = {
  memcpy: ['pointer', ['pointer', 'pointer', 'size']],
} as const

const SOCKETS = {
  socket: ['int', ['int', 'int', 'int']],
  bind: ['int', ['int', 'pointer', 'uint32']],
  close: ['int', ['int']],
  setsockopt: ['int', ['int', 'int', 'int', 'pointer', 'uint32']],
  getsockname: ['int', ['int', 'pointer', 'pointer']],
  getsockopt: ['int', ['int', 'int', 'int', 'pointer', 'pointer']],
  sendmsg: ['long', ['int', 'pointer', 'int']],
  sendmmsg: ['int', ['int', 'pointer', 'uint32', 'int']],
  recvmmsg: ['int', ['int', 'pointer', 'uint32', 'int', 'pointer']],
  dup3: ['int', ['int', 'int', 'int']],
  epoll_create1: ['int', ['int']],
  epoll_ctl: ['int', ['int', 'int', 'int', 'pointer']],
} as const

export type MemoryFunctions = Bound<typeof MEMORY>
export interface SocketFunctions extends Bound<typeof SOCKETS> {
  /** The error of the last call, right after it failed. */
  readonly errno: () => number
}

/** `memcpy`, with which bytes cross between arenas and what C owns. */
export const memory: () => MemoryFunctions = once(() => bind(MEMORY, missing))

/** The batched socket calls of Linux. Throws `NativeError` (`ERR_NATIVE_UNSUPPORTED`) elsewhere. */
export const sockets: () => SocketFunctions = once(() => ({ ...bind(SOCKETS, missing), errno: lastErrno }))

function missing(symbol: string, cause: unknown): Error {
  return unsupported(`The C library of this ${process.platform} has no ${symbol}; use the portable UDP socket here.`, cause)
}
