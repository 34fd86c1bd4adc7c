// Receives on @millrace/quic: `millrace-server.ts FOLDER WARM_UP_MILLIS`.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listen, type QuicSession, type QuicStream } from '@millrace/quic'
import { Meter } from './meter.ts'

/** Bytes read at once. */
const TARGET = 256 * 1024

const [folder, warmUpMillis] = process.argv.slice(2) as [string, string]

const endpoint = await listen(receive, {
  endpoint: { address: '127.0.0.1:0' },
  alpn: 'throughput',
  sni: { '*': { certs: readFileSync(join(folder, 'cert.pem'), 'utf8'), keys: readFileSync(join(folder, 'key.pem'), 'utf8') } },
})
console.log(`listening ${endpoint.address.port}`)

function receive(session: QuicSession): void {
  session.onstream = (stream) => void measure(session, stream)
  session.closed.then(() => endpoint.close())
}

async function measure(session: QuicSession, stream: QuicStream): Promise<void> {
  const meter = new Meter(Number(warmUpMillis))
  const target = Buffer.allocUnsafeSlow(TARGET)
  for (let count = await stream.readInto(target); count !== null; count = await stream.readInto(target)) meter.count(count)
  const { cipher } = await session.opened
  console.log(meter.report(cipher))
}
