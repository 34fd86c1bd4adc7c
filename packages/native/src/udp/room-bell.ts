// Wakes us when a socket that was full has room for what is sent, which is seldom asked for: most sockets never are full. The bell watches an epoll
// descriptor, which can be read when there is room, and not while nobody wants to know.
import { Arena, addressOf } from '../arena.ts'
import type { SocketFunctions } from '../binding/libc.ts'
import { checkCall } from './checks.ts'
import { Doorbell } from './doorbell.ts'
import { EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_EVENT, EPOLLOUT, O_CLOEXEC } from './linux.ts'

export class RoomBell {
  readonly #fd: number
  readonly #calls: SocketFunctions
  readonly #event = Arena.allocate(EPOLL_EVENT.size)
  readonly #bell: Doorbell

  /** Watches the socket `fd`. Rings only while asked to, and does not keep the process alive. Throws `NativeError` with the operating system's code. */
  constructor(fd: number, ring: () => void, calls: SocketFunctions) {
    this.#fd = fd
    this.#calls = calls
    const watcher = checkCall('epoll_create1', calls.epoll_create1(O_CLOEXEC), calls)
    try {
      checkCall('epoll_ctl', calls.epoll_ctl(watcher, EPOLL_CTL_ADD, fd, addressOf(this.#event)), calls)
      this.#bell = new Doorbell(watcher, calls)
    } finally {
      calls.close(watcher)
    }
    this.#bell.onring = ring
    this.#bell.unref()
  }

  /** Whether to ring as long as there is room. */
  set watches(watches: boolean) {
    this.#event.view.setUint32(EPOLL_EVENT.events, watches ? EPOLLOUT : 0, true)
    // It fails for a socket that is lost, which whoever sends or receives there finds out.
    this.#calls.epoll_ctl(this.#bell.fd, EPOLL_CTL_MOD, this.#fd, addressOf(this.#event))
  }

  /** Resolves when it is closed; it does not ring any more. */
  close(): Promise<void> {
    return this.#bell.close()
  }
}
