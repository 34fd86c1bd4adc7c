// Errors of the kernel's that a socket does not survive. All others are about one datagram, which is lost as the network may lose any.
import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'
import { NativeError } from '../error.ts'

/** The descriptor is closed, or another's by now. */
const LOST: ReadonlySet<number> = new Set([constants.errno.EBADF, constants.errno.ENOTSOCK])

export function isLost(errno: number): boolean {
  return errno !== 0 && LOST.has(errno)
}

export function lostSocket(errno: number): NativeError {
  const code = getSystemErrorName(-errno)
  return new NativeError(code, `The UDP socket is gone: ${code}. Something in this process closed a descriptor that is not its own.`)
}
