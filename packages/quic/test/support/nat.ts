// A NAT on loopback, for tests over real sockets.
import { createSocket, type Socket } from 'node:dgram'

/** A NAT between a client and a server, which can be made to forget the port it had chosen. */
export class Nat {
  readonly #inside = createSocket('udp4')
  #outside: Socket
  #client = 0

  private constructor(outside: Socket) {
    this.#outside = outside
  }

  /** `loyal`: it serves the first port that it hears of, and no other. */
  static async open(server: number, loyal = false): Promise<Nat> {
    const nat = new Nat(createSocket('udp4'))
    nat.#inside.on('message', (bytes, from) => {
      if (loyal && nat.#client !== 0 && nat.#client !== from.port) return
      nat.#client = from.port
      nat.#outside.send(bytes, server, '127.0.0.1')
    })
    nat.#listen()
    await new Promise<void>((resolve) => nat.#inside.bind(0, '127.0.0.1', resolve))
    return nat
  }

  get port(): number {
    return this.#inside.address().port
  }

  rebind(): void {
    this.#outside.close()
    this.#outside = createSocket('udp4')
    this.#listen()
  }

  close(): void {
    this.#inside.close()
    this.#outside.close()
  }

  #listen(): void {
    this.#outside.on('message', (bytes) => this.#inside.send(bytes, this.#client, '127.0.0.1'))
  }
}
