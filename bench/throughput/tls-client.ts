// Sends on node:tls: `tls-client.ts FOLDER PORT MILLIS`.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { CHUNK, sendFor } from './sender.ts'

const [folder, port, millis] = process.argv.slice(2) as [string, string, string]

const socket = connect({ host: '127.0.0.1', port: Number(port), servername: 'localhost', ca: readFileSync(join(folder, 'cert.pem')) })
await once(socket, 'secureConnect')
await sendFor(
  Number(millis),
  () => socket.write(CHUNK),
  () => once(socket, 'drain'),
)
socket.end()
