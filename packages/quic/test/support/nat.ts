// A NAT on loopback, for tests over real sockets.
import { createSocket, type Socket } from 'node:dgram'

/** A NAT between a client and a server, which can be made to forget the port it had chosen, or to let nothing pass. */
export class Nat {
  readonly #inside = createSocket('udp4')
  #outside: Socket
  #client = 0
  #blocked = false
  #dropped = 0
  #ondrop: (() => void) | null = null

  private constructor(outside: Socket) {
    this.#outside = outside
  }

  /** `loyal`: it serves the first port that it hears of, and no other. */
  static async open(server: number, loyal = false): Promise<Nat> {
    const nat = new Nat(createSocket('udp4'))
    nat.#inside.on('message', (bytes, from) => {
      if (loyal && nat.#client !== 0 && nat.#client !== from.port) return
      nat.#client = from.port
      if (nat.#blocked) nat.#drop()
      else nat.#outside.send(bytes, server, '127.0.0.1')
    })
    nat.#listen()
    await new Promise<void>((resolve) => nat.#inside.bind(0, '127.0.0.1', resolve))
    return nat
  }

  get port(): number {
    return this.#inside.address().port
  }

  /** Drops everything, from both sides, until it is told otherwise. */
  block(blocked = true): void {
    this.#blocked = blocked
  }

  /** Resolves when so many datagrams of the client's have been dropped. */
  async dropped(count: number): Promise<void> {
    while (this.#dropped < count) await new Promise<void>((resolve) => (this.#ondrop = resolve))
  }

  rebind(): void {
    const before = this.#outside.removeAllListeners('message')
    // Not before there is another, which so cannot be given the same port.
    this.#outside = createSocket('udp4').once('listening', () => before.close())
    this.#listen()
    this.#outside.bind(0)
  }

  close(): void {
    this.#inside.close()
    this.#outside.close()
  }

  #listen(): void {
    this.#outside.on('message', (bytes) => {
      if (!this.#blocked) this.#inside.send(bytes, this.#client, '127.0.0.1')
    })
  }

  #drop(): void {
    this.#dropped++
    this.#ondrop?.()
  }
}
