// The workloads on node:tls; an exchange takes the whole connection.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type TLSSocket } from 'node:tls'
import type { Connection, ConnectOptions } from '../node/connector.ts'
import { clientOptions, runParts } from '../node/contract.ts'
import { pour } from '../node/pour.ts'
import { ECHO_REQUEST, request } from '../node/wire.ts'
import { workload } from '../node/workloads.ts'
import { CIPHERS, GROUPS } from '../settings.ts'

const options = clientOptions()
const ca = readFileSync(options.ca)

await runParts(workload({ connect: open }, options))

async function open({ keep }: ConnectOptions = {}): Promise<Connection> {
  let socket: TLSSocket | null = await dial(keep?.ticket as Buffer | undefined)
  if (keep !== undefined)
    socket.on('session', (ticket: Buffer) => {
      keep.ticket = ticket
    })
  return {
    async exchange(sent, wanted) {
      socket ??= await dial()
      const used = socket
      socket = null
      let received = 0
      used.on('data', (chunk: Buffer) => {
        received += chunk.length
      })
      used.write(request(wanted))
      await pour(used, sent)
      await once(used, 'end')
      return received
    },
    async echo(onbytes) {
      const used = socket ?? (await dial())
      used.on('data', onbytes)
      used.write(ECHO_REQUEST)
      return (bytes) => used.write(bytes)
    },
    async redial() {
      socket ??= await dial()
    },
    async close() {
      socket?.destroy()
    },
  }
}

async function dial(session?: Buffer): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port: options.port,
    servername: 'localhost',
    ca,
    ciphers: CIPHERS,
    ecdhCurve: GROUPS,
    minVersion: 'TLSv1.3',
    ...(session !== undefined && { session }),
  })
  socket.setNoDelay(true)
  await once(socket, 'secureConnect')
  return socket
}
