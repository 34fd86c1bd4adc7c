// What a connection costs, client and server in this process over sockets: it is made, asks for one byte, and is closed.
// `node -C source packages/quic/test/handshake-cost.ts [full | resumed] [count]` prints CPU time by the connection, and whose code takes it.
import { Session } from 'node:inspector/promises'
import { createCertificate } from '../../native/test/certificates.ts'
import { connect, listen, QuicEndpoint } from '../src/index.ts'

const [kind = 'full', count = '1500'] = process.argv.slice(2)
const CONNECTIONS = Number(count)
/** First, for code to be compiled. */
const WARM_UP = 1500
/** Microseconds between samples. */
const INTERVAL = 250

const certificate = createCertificate({ name: 'bench', hosts: ['localhost'] })
const server = await listen(
  (session) => {
    session.onstream = async (stream) => {
      for await (const _ of stream);
      await stream.end('.')
    }
  },
  { endpoint: { address: '127.0.0.1:0' }, alpn: 'bench', sni: { '*': certificate } },
)
const endpoint = await QuicEndpoint.open({ address: '127.0.0.1:0' })
/** Without, handshakes are full ones. */
const sessionStore = kind === 'resumed' ? undefined : null

for (let i = 0; i < WARM_UP; i++) await converse()
const profiler = new Session()
profiler.connect()
await profiler.post('Profiler.enable')
await profiler.post('Profiler.setSamplingInterval', { interval: INTERVAL })
await profiler.post('Profiler.start')
const before = process.cpuUsage()
for (let i = 0; i < CONNECTIONS; i++) await converse()
const { user, system } = process.cpuUsage(before)
const { profile } = await profiler.post('Profiler.stop')

console.log(
  `${kind}: ${Math.round((user + system) / CONNECTIONS)} us of CPU time a connection, client and server together; of the main thread:`,
)
const shares = new Map<string, number>()
for (const { callFrame, hitCount = 0 } of profile.nodes) {
  const place = placeOf(callFrame.functionName, callFrame.url)
  if (place !== null) shares.set(place, (shares.get(place) ?? 0) + hitCount)
}
const samples = [...shares.values()].reduce((sum, hits) => sum + hits, 0)
for (const [place, hits] of [...shares].toSorted(([, one], [, other]) => other - one))
  console.log(`${((hits / samples) * 100).toFixed(0).padStart(3)} %  ${place}`)
await endpoint.close()
server.destroy()

async function converse(): Promise<void> {
  const address = `127.0.0.1:${server.address.port}`
  const session = await connect(address, {
    endpoint,
    alpn: 'bench',
    ca: certificate.certs,
    servername: 'localhost',
    groups: 'X25519',
    ...(sessionStore === null && { sessionStore }),
  })
  const stream = await session.createBidirectionalStream()
  stream.end('?').catch(() => {})
  for await (const _ of stream);
  await session.close()
}

/** Whose code a sample met; null while there was nothing to do. */
function placeOf(name: string, url: string): string | null {
  if (name === '(idle)') return null
  if (name === '(garbage collector)') return 'garbage collection'
  const own = /packages\/(native|bytes|quic\/src\/\w+)/.exec(url)
  if (own !== null) return `TypeScript of ${own[1]!.replace('/src', '')}`
  return url === '' ? 'C: OpenSSL, system calls, and Node' : "JavaScript of Node's own"
}
