// Descriptors that C has opened, and Node closes with the Worker that asked for them: it knows of those alone that it has opened itself.
import { closeSync, openSync } from 'node:fs'
import type { SocketFunctions } from '../binding/libc.ts'
import { checkCall } from './checks.ts'
import { O_CLOEXEC } from './linux.ts'

/** Moves what `fd` stands for to a number that is closed by `closeSync`, or with its Worker. Throws if it cannot; `fd` is closed all the same. */
export function ownDescriptor(fd: number, calls: SocketFunctions): number {
  try {
    const own = openSync('/', 'r')
    try {
      return checkCall('dup3', calls.dup3(fd, own, O_CLOEXEC), calls)
    } catch (error) {
      closeSync(own)
      throw error
    }
  } finally {
    calls.close(fd)
  }
}
