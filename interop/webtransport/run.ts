// WebTransport against programs that we did not write, in both roles: `npm run interop -- --suite webtransport [--peer NAME,...] [--case NAME,...] [--write]`.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createServer, WebTransport, type WebTransportRequest } from '@millrace/http3'
import { createCertificate } from '../../scripts/support/certificate.ts'
import { freePort } from '../../scripts/support/free-port.ts'
import { writeWebTransport } from '../document.ts'
import type { Row } from '../row.ts'
import { type Peer, peers } from './peers.ts'
import { digestOf, type Over, Transfers } from './transfers.ts'

const PROTOCOLS = ['echo-3', 'echo-2', 'echo-1']
const CASES = [
  'handshake',
  ...(['unidirectional', 'bidirectional', 'datagram'] as const).flatMap((over) =>
    (['receive', 'send'] as const).map((direction) => `transfer-${over}-${direction}`),
  ),
]
const STREAM_FILES = [100_000, 250_000, 500_000, 1_000_000, 2_000_000]
const DATAGRAM_FILES = Array.from({ length: 200 }, (_, index) => 600 + 2 * index)
const LIMIT_MILLIS = 180_000

const folder = mkdtempSync(join(tmpdir(), 'webtransport-'))
const { cert, key } = createCertificate()
writeFileSync(join(folder, 'cert.pem'), cert)
writeFileSync(join(folder, 'key.pem'), key)

/** Files of these sizes, by name, with their digests. */
function files(prefix: string, sizes: readonly number[]): ReadonlyMap<string, string> {
  return new Map(
    sizes.map((size, index) => {
      const content = randomBytes(size)
      writeFileSync(join(folder, `${prefix}${index}`), content)
      return [`${prefix}${index}`, digestOf(content)]
    }),
  )
}

const FILES = { stream: files('s', STREAM_FILES), datagram: files('d', DATAGRAM_FILES) }
const children: ChildProcess[] = []

function program(peer: Peer, ...args: readonly string[]): { readonly line: Promise<string>; stop(): void } {
  const [command, ...before] = peer.command
  const child = spawn(command, [...before, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const line = Promise.withResolvers<string>()
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
    if (text.includes('\n')) line.resolve(text.slice(0, text.indexOf('\n')))
  })
  child.on('exit', (code) => line.reject(new Error(`${peer.name} ended with ${code}`)))
  line.promise.catch(() => undefined)
  return { line: line.promise, stop: () => void child.kill() }
}

/** What a case is about. */
function parts(name: string): { over: Over; direction: 'receive' | 'send'; wanted: ReadonlyMap<string, string> } {
  const [, over, direction] = name.split('-') as [string, Over, 'receive' | 'send']
  return { over, direction, wanted: FILES[over === 'datagram' ? 'datagram' : 'stream'] }
}

function check(wanted: ReadonlyMap<string, string>, got: Iterable<readonly [string, string]>): void {
  const found = new Map(got)
  for (const [name, digest] of wanted) if (found.get(name) !== digest) throw new Error(`${name} is not what it was`)
}

async function asClient(peer: Peer, name: string): Promise<void> {
  const port = await freePort()
  const server = program(peer, 'server', String(port), join(folder, 'cert.pem'), join(folder, 'key.pem'), folder)
  await server.line
  const { over, direction, wanted } = parts(name)
  const names = [...wanted.keys()]
  const query = direction === 'send' ? `?get=${names.join()}&over=${over}` : ''
  const transport = new WebTransport(`https://127.0.0.1:${port}/${name}${query}`, {
    protocols: PROTOCOLS,
    quic: { ca: cert, rejectUnauthorized: false },
  })
  try {
    const transfers = new Transfers(transport, folder)
    await transport.ready
    if (transport.protocol !== 'echo-2') throw new Error(`the protocol is ${JSON.stringify(transport.protocol)}`)
    if (direction === 'receive') {
      await transfers.fetch(names, over)
      check(wanted, transfers.received)
    } else if (direction === 'send') check(wanted, Object.entries(await transfers.digests.promise))
    transport.close()
    await transport.closed
  } finally {
    transport.close()
    server.stop()
  }
}

async function asServer(peer: Peer, name: string): Promise<void> {
  const { over, direction, wanted } = parts(name)
  const names = [...wanted.keys()]
  const server = createServer({ key, cert })
  const sent = Promise.withResolvers<void>()
  server.on('webtransport', (request: WebTransportRequest) => {
    const session = request.accept({ protocol: request.protocols.find((protocol) => ['echo-2', 'echo-1'].includes(protocol))! })
    const transfers = new Transfers(session, folder)
    if (direction !== 'send') return
    // For the client, to send is to be asked.
    transfers
      .fetch(names, over)
      .then(() => check(wanted, transfers.received))
      .then(sent.resolve, sent.reject)
      .finally(() => session.close())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = program(peer, 'client', String(server.address()!.port), join(folder, 'cert.pem'), folder, name, names.join())
  try {
    const { status, protocol, digests } = JSON.parse(await client.line) as {
      status: string
      protocol: string
      digests: Record<string, string>
    }
    if (status !== '200' || protocol !== '"echo-2"') throw new Error(`status ${status}, protocol ${protocol}`)
    if (direction === 'receive') check(wanted, Object.entries(digests))
    else if (direction === 'send') await sent.promise
  } finally {
    client.stop()
    server.close()
  }
}

function within(work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error(`not done after ${LIMIT_MILLIS} ms`)), LIMIT_MILLIS)
  return Promise.race([work, promise]).finally(() => clearTimeout(timer))
}

const { values } = parseArgs({
  options: { peer: { type: 'string', default: 'aioquic' }, case: { type: 'string' }, write: { type: 'boolean', default: false } },
})
const rows: Row[] = []
for (const peer of values.peer
  .split(',')
  .map((name) => peers[name] ?? fail(`there is no peer ${name}; there are ${Object.keys(peers).join(', ')}`))) {
  const missing = peer.missing()
  if (missing !== null) fail(missing)
  for (const name of values.case?.split(',') ?? CASES)
    for (const role of ['client', 'server'] as const) rows.push(await row(peer, name, role))
}
for (const child of children) child.kill()
rmSync(folder, { recursive: true })
if (values.write) writeWebTransport(rows, CASES)
const failed = rows.filter(({ result }) => result === 'fail').length
console.log(failed === 0 ? 'webtransport: all as expected' : `webtransport: ${failed} FAILED`)
process.exit(failed === 0 ? 0 : 1)

async function row(peer: Peer, name: string, role: 'client' | 'server'): Promise<Row> {
  const reason = await within((role === 'client' ? asClient : asServer)(peer, name)).then(
    () => null,
    (error: Error) => error.message,
  )
  console.log(`  ${name.padEnd(32)} millrace ${role.padEnd(6)} ${peer.name.padEnd(15)} ${reason === null ? 'ok' : `FAILS: ${reason}`}`)
  return { peer: peer.name, peerVersion: peer.version(), role, case: name, result: reason === null ? 'pass' : 'fail', reason }
}

function fail(sentence: string): never {
  console.error(`interop: ${sentence}`)
  rmSync(folder, { recursive: true })
  process.exit(2)
}
