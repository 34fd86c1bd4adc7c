// `node -C source examples/dns-over-quic/start.ts forward HOST [PORT]` forwards questions to the resolver at HOST, on UDP port 8853, with a certificate that it prints;
// `... start.ts ask NAME [TYPE] [SERVER] [CA]` asks it.
import { readFileSync } from 'node:fs'
import type { RecordType } from 'dns-packet'
import { createCertificate } from '../../scripts/support/certificate.ts'
import { DoqClient } from './client.ts'
import { forward } from './forwarder.ts'

const PORT = 8853

const commands: Readonly<Record<string, (args: string[]) => Promise<void>>> = { forward: startForwarder, ask }
const [word = '', ...rest] = process.argv.slice(2)
const command = commands[word]
if (command === undefined) {
  console.error('give forward HOST [PORT], or ask NAME [TYPE] [SERVER] [CA]')
  process.exitCode = 2
} else await command(rest)

async function startForwarder([host = '127.0.0.53', port = '53']: string[]): Promise<void> {
  const { cert, key } = createCertificate()
  const endpoint = await forward({
    identity: { certs: cert, keys: key },
    endpoint: { address: `127.0.0.1:${PORT}` },
    upstream: { host, port: Number(port) },
  })
  console.log(cert)
  process.once('SIGINT', () => endpoint.destroy())
  await endpoint.closed
}

async function ask([name = 'example.com', type = 'A', server = `localhost:${PORT}`, ca]: string[]): Promise<void> {
  const client = await DoqClient.connect(server, ca === undefined ? {} : { ca: readFileSync(ca) })
  for (const answer of (await client.query(name, type as RecordType)).answers ?? []) console.log(JSON.stringify(answer))
  await client.close()
}
