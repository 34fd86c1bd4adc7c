// Says, once a socket, that its receive buffer has overflowed, and what to do about it. socket(7), SO_RXQ_OVFL.

export class OverflowWarning {
  readonly #wanted: number
  readonly #granted: number
  #said = false

  /** Bytes that were asked for, and that the kernel granted. */
  constructor(wanted: number, granted: number) {
    this.#wanted = wanted
    this.#granted = granted
  }

  /** So many datagrams were dropped so far. */
  check(dropped: number): void {
    if (dropped === 0 || this.#said) return
    this.#said = true
    const remedy =
      this.#granted < this.#wanted
        ? `the kernel grants ${this.#granted} of the ${this.#wanted} bytes that were asked for; raise its limit: sysctl -w net.core.rmem_max=${this.#wanted}`
        : `it has ${this.#granted} bytes; ask for more by udpReceiveBufferSize, and raise the kernel's limit with it: sysctl net.core.rmem_max`
    process.emitWarning(`A UDP receive buffer was full, and ${dropped} datagrams were dropped: ${remedy}`, {
      code: 'MILLRACE_UDP_OVERFLOW',
    })
  }
}
