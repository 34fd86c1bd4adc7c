// Receives on node:tls: `tls-server.ts FOLDER WARM_UP_MILLIS`.
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { Meter } from './meter.ts'

const [folder, warmUpMillis] = process.argv.slice(2) as [string, string]

const server = createServer(
  {
    cert: readFileSync(join(folder, 'cert.pem')),
    key: readFileSync(join(folder, 'key.pem')),
    minVersion: 'TLSv1.3',
    ciphers: 'TLS_AES_128_GCM_SHA256',
  },
  (socket) => {
    const meter = new Meter(Number(warmUpMillis))
    socket.on('data', (chunk: Buffer) => meter.count(chunk.length))
    socket.on('end', () => console.log(meter.report(socket.getCipher().standardName)))
    server.close()
  },
)

server.listen(0, '127.0.0.1', () => console.log(`listening ${(server.address() as AddressInfo).port}`))
