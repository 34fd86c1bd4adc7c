// How many TLS handshakes a second, both sides in this thread: `node -C source packages/native/test/handshake-rate.ts`. A P-256 certificate,
// verified.
import { TlsContext } from '../src/index.ts'
import { createCertificate } from './certificates.ts'
import { converse, eventsOf, releaseAll } from './handshake.ts'

const SECONDS = 3
const certificate = createCertificate({ name: 'bench', hosts: ['localhost'] })

for (const groups of [undefined, 'X25519']) {
  const common = { alpn: ['bench'], ...(groups && { groups }) }
  const server = new TlsContext({ side: 'server', sni: { '*': certificate }, ...common })
  const client = new TlsContext({ side: 'client', ca: certificate.certs, ...common })
  for (const resume of [false, true]) {
    let ticket: Uint8Array | null = null
    let count = 0
    const start = performance.now()
    while (performance.now() - start < SECONDS * 1000) {
      const sides = converse(
        client.session({ transportParameters: Buffer.alloc(60), servername: 'localhost', ...(ticket && { ticket }) }),
        server.session({ transportParameters: Buffer.alloc(60) }),
      )
      if (eventsOf(sides.client, 'handshakeCompleted').length !== 1) throw new Error('a handshake failed')
      if (resume) ticket = eventsOf(sides.client, 'ticketReceived')[0]!.ticket
      releaseAll(sides)
      count++
    }
    console.log(`${groups ?? 'X25519MLKEM768'} ${resume ? 'resumed' : 'full'}: ${Math.round(count / SECONDS)} handshakes a second`)
  }
  server.release()
  client.release()
}
