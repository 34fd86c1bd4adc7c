// A port for who has to know its number before it is bound, or gives it back and takes it again.
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Well above those that have a name, and below those that Linux gives to everybody who does not care, 32,768 and up (net.ipv4.ip_local_port_range): whatever
 * else this machine does, nobody gets one of these by chance.
 */
const [LEAST, MOST] = [12_000, 32_000]

/** One that nobody has on 127.0.0.1, by UDP or TCP. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LEAST, MOST)
    if ((await isFreeByUdp(port)) && (await isFreeByTcp(port))) return port
  }
}

async function isFreeByUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  const bound = once(socket, 'listening').then(
    () => true,
    () => false,
  )
  socket.bind(port, '127.0.0.1')
  const isFree = await bound
  const closed = once(socket, 'close')
  socket.close()
  await closed
  return isFree
}

async function isFreeByTcp(port: number): Promise<boolean> {
  const server = createServer()
  const bound = once(server, 'listening').then(
    () => true,
    () => false,
  )
  server.listen(port, '127.0.0.1')
  if (!(await bound)) return false
  const closed = once(server, 'close')
  server.close()
  await closed
  return true
}
