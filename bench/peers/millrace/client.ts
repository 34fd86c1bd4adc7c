// The workloads on @millrace/quic. All connections share an endpoint, as those of one program would.
import { readFileSync } from 'node:fs'
import { connect, QuicEndpoint, type QuicSession, type QuicStream } from '@millrace/quic'
import type { Connection, ConnectOptions } from '../node/connector.ts'
import { clientOptions, runParts } from '../node/contract.ts'
import { ECHO_REQUEST, filler, request } from '../node/wire.ts'
import { workload } from '../node/workloads.ts'
import { ALPN, CIPHERS, GROUPS, IDLE_MILLIS, POLLING, READ_BYTES } from '../settings.ts'

const options = clientOptions()
const ca = readFileSync(options.ca, 'utf8')
/** What is read is counted and dropped: all streams may share it. */
const target = Buffer.allocUnsafeSlow(READ_BYTES)
const endpoint = await QuicEndpoint.open({ address: '127.0.0.1:0', ...POLLING[options.mode] })

await runParts(workload({ connect: open }, options))

async function open({ keep, early = false }: ConnectOptions = {}): Promise<Connection> {
  const session = await connect(`127.0.0.1:${options.port}`, {
    endpoint,
    alpn: ALPN,
    ca,
    ciphers: CIPHERS,
    groups: GROUPS,
    servername: 'localhost',
    transportParams: { maxIdleTimeout: IDLE_MILLIS },
    // What is kept for the next session, the workload says: without, handshakes are full ones.
    sessionStore: null,
    ...(keep?.ticket !== undefined && { sessionTicket: keep.ticket as Uint8Array, enableEarlyData: early }),
  })
  if (keep !== undefined) {
    const keepTicket = (ticket: Uint8Array): void => {
      keep.ticket = ticket
    }
    session.onsessionticket = keepTicket
  }
  if (!early) await session.opened
  return {
    exchange: (sent, wanted) => exchange(session, sent, wanted),
    echo: (onbytes) => echo(session, onbytes),
    async close() {
      session.destroy()
      await session.closed
    },
  }
}

async function exchange(session: QuicSession, sent: number, wanted: number): Promise<number> {
  const stream = await session.createBidirectionalStream()
  const received = drain(stream)
  stream.writeSync(request(wanted))
  for (const chunk of filler(sent)) if (!stream.writeSync(chunk)) await stream.drained()
  // The answer tells whether it arrived.
  stream.endSync()
  return received
}

/**
 * How many bytes came, once they have ended. By callbacks, as those of node:tls: no promise for each arrival. V8 makes a function that is written where it is
 * assigned to a property in its old generation, and what it leads to lives on until that is collected: hence those with names.
 */
function drain(stream: QuicStream): Promise<number> {
  return new Promise((resolve, reject) => {
    let received = 0
    const read = (): void => {
      try {
        let count = stream.readIntoSync(target)
        for (; typeof count === 'number'; count = stream.readIntoSync(target)) received += count
        if (count === null) resolve(received)
      } catch (error) {
        stream.destroy()
        reject(error)
      }
    }
    stream.onreadable = read
  })
}

async function echo(session: QuicSession, onbytes: (bytes: Uint8Array) => void): Promise<(bytes: Uint8Array) => void> {
  const stream = await session.createBidirectionalStream()
  const read = (): void => {
    for (let chunk = stream.readSync(); chunk != null; chunk = stream.readSync()) onbytes(chunk)
  }
  stream.onreadable = read
  stream.writeSync(ECHO_REQUEST)
  return (bytes) => stream.writeSync(bytes)
}
