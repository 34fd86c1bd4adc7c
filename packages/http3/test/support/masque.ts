// A UDP proxy on loopback, targets behind it, and clients in front.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { after } from 'node:test'
import { type ConnectUdpProxyOptions, connectUdpProxy, type Http3Options, type Http3Session } from '../../src/index.ts'
import { loopback } from './loopback.ts'

export interface Proxied {
  readonly client: Http3Session
  readonly server: Http3Session
}

export interface ProxySetup {
  readonly proxy?: Partial<ConnectUdpProxyOptions>
  readonly server?: Http3Options
  readonly client?: Http3Options
}

/** A session to a proxy, which leads anywhere unless it is told otherwise. */
export function proxied({ proxy = {}, server = {}, client = {} }: ProxySetup = {}): Promise<Proxied> {
  const take = connectUdpProxy({ allow: () => true, allowPrivateAddresses: true, ...proxy })
  return loopback((stream) => take(stream) || stream.destroy('H3_REQUEST_REJECTED'), {
    server: { enableConnectProtocol: true, enableDatagrams: true, ...server },
    client: { enableDatagrams: true, ...client },
  })
}

export interface Target {
  readonly socket: Socket
  /** `host:port` */
  readonly address: string
  readonly port: number
  close(): Promise<void>
}

/** A UDP socket on loopback that answers as it is told. */
export async function target(answer: (payload: Buffer, from: { address: string; port: number }, socket: Socket) => void): Promise<Target> {
  const socket = createSocket('udp4')
  socket.on('message', (payload, from) => answer(payload, from, socket))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  let closed: Promise<void> | null = null
  const close = (): Promise<void> => (closed ??= new Promise((resolve) => socket.close(resolve)))
  after(close)
  const { port } = socket.address()
  return { socket, address: `127.0.0.1:${port}`, port, close }
}

/** A target that sends back what it gets. */
export function echo(): Promise<Target> {
  return target((payload, from, socket) => socket.send(payload, from.port, from.address))
}

/** Payloads as they arrive, to be awaited one by one. */
export class Arrivals {
  readonly #arrived: Uint8Array[] = []
  #awaited: ((payload: Uint8Array) => void) | null = null

  readonly take = (payload: Uint8Array): void => {
    const awaited = this.#awaited
    this.#awaited = null
    if (awaited === null) this.#arrived.push(payload)
    else awaited(payload)
  }

  next(): Promise<Uint8Array> {
    const payload = this.#arrived.shift()
    return payload === undefined ? new Promise((resolve) => (this.#awaited = resolve)) : Promise.resolve(payload)
  }
}
