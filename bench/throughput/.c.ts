// Sends on @millrace/quic: `millrace-client.ts FOLDER PORT MILLIS`.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from '@millrace/quic'
import { CHUNK, sendFor } from './sender.ts'

const [folder, port, millis] = process.argv.slice(2) as [string, string, string]

const session = await connect(`127.0.0.1:${port}`, { alpn: 'throughput', ca: readFileSync(join(folder, 'cert.pem'), 'utf8') })
await session.opened
const stream = await session.createUnidirectionalStream()
await sendFor(
  Number(millis),
  () => stream.writeSync(CHUNK),
  () => stream.drained(),
)
await stream.end()
console.error(session.stats)
await session.close()
