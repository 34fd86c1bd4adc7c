// A program for a network namespace of its own: two sessions over loopback, one by each kind of socket, and forged ICMP messages which say that the path
// carries 600 bytes. Prints what came of it, as JSON.
import { execFileSync } from 'node:child_process'
import { forgePacketTooBig } from '../../../native/test/raw-icmp.ts'
import { endpointCore, type QuicEndpoint } from '../../src/api/endpoint.ts'
import { connect, listen, type QuicSession } from '../../src/index.ts'
import { certificate, echo, readAll } from './server.ts'

const CLAIMED = 600
const CLIENT = '127.0.0.2'
const SERVER = '127.0.0.1'
const BYTES = 300_000

export interface Outcome {
  /** Whether the kernel believes what was forged, of the way to the server and to the client. */
  readonly believed: readonly boolean[]
  readonly byKind: Readonly<
    Record<
      'batched' | 'portable',
      { readonly largest: number; readonly pathMtu: number; readonly echoed: number; readonly sendErrors: number }
    >
  >
}

execFileSync('ip', ['link', 'set', 'lo', 'up'])
const outcome: Outcome = {
  byKind: { batched: await session('batched'), portable: await session('portable') },
  believed: [SERVER, CLIENT].map((address) =>
    execFileSync('ip', ['route', 'get', address], { encoding: 'utf8' }).includes(`mtu ${CLAIMED}`),
  ),
}
process.stdout.write(`${JSON.stringify(outcome)}\n`)

async function session(udp: 'batched' | 'portable'): Promise<Outcome['byKind']['batched']> {
  const server = await listen((accepted) => Object.assign(accepted, { onstream: echo }), {
    alpn: 'test',
    sni: { '*': certificate },
    endpoint: { address: `${SERVER}:0`, udp },
  })
  const client = await connect(`${SERVER}:${server.address.port}`, {
    alpn: 'test',
    ca: certificate.certs,
    endpoint: { address: `${CLIENT}:0`, udp },
  })
  await echoed(client)
  const [here, there] = [client.path.local, client.path.remote]
  forgePacketTooBig({ from: here, to: there }, CLAIMED)
  forgePacketTooBig({ from: there, to: here }, CLAIMED)
  const sizes = arrivals(server)
  const bytes = await echoed(client)
  const { sendErrors } = endpointCore(client.endpoint).socket.stats
  const { pathMtu } = client.stats
  await client.close()
  await server.close()
  return { largest: Math.max(...sizes), pathMtu, echoed: bytes, sendErrors }
}

async function echoed(client: QuicSession): Promise<number> {
  const stream = await client.createBidirectionalStream()
  const all = readAll(stream)
  await stream.end(Buffer.alloc(BYTES, 7))
  return (await all).length
}

/** Sizes of the datagrams that arrive from now on. */
function arrivals(endpoint: QuicEndpoint): number[] {
  const { socket } = endpointCore(endpoint)
  const sizes: number[] = []
  const receive = socket.onreceive!
  socket.onreceive = (batch) => {
    for (let i = 0; i < batch.count; i++) sizes.push(batch.length(i))
    receive(batch)
  }
  return sizes
}
