// A relay between a client and a server that records each datagram. A capture on the loopback device cannot serve: with UDP
// segmentation offload (`UDP_SEGMENT`) the device sees trains of up to 64 datagrams as one, and a dissector takes the first packet's
// header for the whole train's. A socket receives them as the peer would.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { Pcap } from './pcap.ts'

/** The kernel's default of 208 KiB overflows in a burst; bytes. */
const SOCKET_BUFFER = 4 * 1024 * 1024

const HOST = '127.0.0.1'

export class Relay {
  /** Where the client sends to. */
  readonly port: number
  #front: Socket
  #back: Socket
  #pcap: Pcap

  private constructor(front: Socket, back: Socket, pcap: Pcap) {
    this.#front = front
    this.#back = back
    this.#pcap = pcap
    this.port = front.address().port
  }

  /** Relays to the server on `serverPort` and records into the file; resolves when the relay is ready. */
  static async start(serverPort: number, file: string): Promise<Relay> {
    const [front, back] = [await bound(), await bound()]
    const relay = new Relay(front, back, new Pcap(file))
    let clientPort = 0
    front.on('message', (datagram, from) => {
      clientPort = from.port
      relay.#pcap.write(datagram, from.port, serverPort)
      back.send(datagram, serverPort, HOST)
    })
    back.on('message', (datagram) => {
      relay.#pcap.write(datagram, serverPort, clientPort)
      front.send(datagram, clientPort, HOST)
    })
    return relay
  }

  /** Ends the relay; resolves when the record is on disk. */
  async stop(): Promise<void> {
    await Promise.all([this.#front, this.#back].map((socket) => once(socket.close(), 'close')))
    this.#pcap.close()
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: SOCKET_BUFFER, sendBufferSize: SOCKET_BUFFER }).bind(0, HOST)
  await once(socket, 'listening')
  return socket
}
