// Datagrams that the operating system would not send on a path: too long, nowhere to go, forbidden. To QUIC they are lost as any may be (RFC 9002);
// who looks after the machine learns here why a path is dead.

export class Refusals {
  datagrams = 0
  /** The name of the last error, such as EHOSTUNREACH; null while there was none. */
  lastCode: string | null = null

  /** The socket tells it, which may be later than the sending. */
  refused(datagrams: number, code: string): void {
    this.datagrams += datagrams
    this.lastCode = code
  }
}
