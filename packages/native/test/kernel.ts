// A kernel whose socket calls fail when a test wants them to.
import { constants } from 'node:os'
import { type SocketFunctions, sockets } from '../src/binding/libc.ts'

export type Errno = keyof typeof constants.errno

export class Kernel {
  readonly calls: SocketFunctions
  /** Of the call that was made to fail last; null once it was asked for. */
  #errno: number | null = null

  constructor(changes: (real: SocketFunctions, fail: (errno: Errno) => number) => Partial<SocketFunctions>) {
    const real = sockets()
    const fail = (errno: Errno): number => {
      this.#errno = constants.errno[errno]
      return -1
    }
    this.calls = { ...real, errno: () => this.#take() ?? real.errno(), ...changes(real, fail) }
  }

  #take(): number | null {
    const errno = this.#errno
    this.#errno = null
    return errno
  }
}
