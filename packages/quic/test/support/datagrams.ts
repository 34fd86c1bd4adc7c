// Datagrams of real clients, caught on their way, to be sent again by whoever likes.
import { createSocket, type Socket } from 'node:dgram'
import { after } from 'node:test'
import type { SessionOptions } from '../../src/index.ts'
import { dial } from './server.ts'

/** The first datagram of so many clients, whose server never answers. */
export async function firstDatagrams(count: number, options: Partial<SessionOptions> = {}): Promise<Buffer[]> {
  const socket = await bound()
  const caught = new Map<number, Buffer>()
  const enough = Promise.withResolvers<void>()
  socket.on('message', (bytes, from) => {
    if (!caught.has(from.port)) caught.set(from.port, bytes)
    if (caught.size === count) enough.resolve()
  })
  const sessions = await Promise.all(Array.from({ length: count }, () => dial(`127.0.0.1:${socket.address().port}`, options)))
  await enough.promise
  for (const session of sessions) session.destroy()
  await Promise.allSettled(sessions.map((session) => session.closed))
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return [...caught.values()]
}

/** A plain socket on loopback, closed at the end of the test if it does not do so itself. */
export async function bound(): Promise<Socket> {
  const socket = createSocket('udp4')
  let isOpen = true
  socket.once('close', () => {
    isOpen = false
  })
  after(() => {
    if (isOpen) socket.close()
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return socket
}

/** Sends one datagram, and resolves when it has left. */
export function send(socket: Socket, bytes: Uint8Array, port: number): Promise<void> {
  return new Promise((resolve, reject) => socket.send(bytes, port, '127.0.0.1', (error) => (error ? reject(error) : resolve())))
}

export async function sendAll(datagrams: readonly Uint8Array[], port: number): Promise<void> {
  const socket = await bound()
  for (const bytes of datagrams) await send(socket, bytes, port)
  socket.close()
}
