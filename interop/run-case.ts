// One case between one client and one server: files made, relay and both programs started, bytes and trace judged, everything stopped.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCertificateChain } from '../scripts/support/certificate.ts'
import { Child, type Command } from '../scripts/support/child.ts'
import { freePort } from '../scripts/support/free-port.ts'
import { udpPortBound } from '../scripts/support/udp-port.ts'
import type { Case } from './cases.ts'
import { dissect } from './dissect.ts'
import type { Implementation } from './implementations/implementation.ts'
import { difference, writeContent } from './judge/files.ts'
import type { Role } from './options.ts'
import { Relay, type RelayOptions } from './relay.ts'
import { decrypt } from './trace/decrypt.ts'
import { KeyLog } from './trace/key-log.ts'

export interface Run {
  readonly peer: string
  readonly role: Role
  readonly case: Case
  readonly client: Implementation
  readonly server: Implementation
}

export interface Outcome {
  /** Why it failed, null when it passed. */
  readonly failure: string | null
  /** From the client's start to its end. */
  readonly seconds: number
  /** Where files, logs, keys and capture lie. */
  readonly folder: string
}

const OUT = join(import.meta.dirname, 'out')
const LOOPBACK = '127.0.0.1'
/** Loss and damage follow from it; runs differ all the same, since programs take their time. */
const SEED = 1
/** How many certificates, and how many long names the first one bears. */
const LONG_CHAIN = 9
const LONG_NAMES = 20

interface Paths {
  readonly root: string
  readonly downloads: string
  readonly state: string
  readonly cert: string
  readonly key: string
  readonly ca: string
}

export async function runCase(run: Run, { capture }: { capture: boolean }): Promise<Outcome> {
  const { timeoutMillis, host = LOOPBACK, scenario, preferredAddress } = run.case
  const folder = join(OUT, `${run.peer}-${run.case.name}-${run.role}`)
  const files = prepare(folder, run.case)
  const keys = { client: join(folder, 'client.keys'), server: join(folder, 'server.keys') }
  const start = (command: Command, side: 'client' | 'server', millis: number) =>
    new Child({ ...command, env: { ...command.env, SSLKEYLOGFILE: keys[side] } }, millis)

  const [port, preferredPort] = [await freePort(), preferredAddress ? await freePort() : null]
  const server = start(run.server.server({ behaviour: run.case.server, host, port, preferredPort, ...files }), 'server', 2 * timeoutMillis)
  let relay: Relay | null = null
  const logs: string[] = []
  let seconds = 0
  let failure: string | null = `${run.server.name} server did not come to listen`
  try {
    if (await udpPortBound(port, () => server.running)) {
      relay = await Relay.start({
        host,
        serverPort: port,
        scenario,
        seed: SEED,
        ...(preferredPort !== null && { preferred: preferredAt(run.server, host, port, preferredPort) }),
        ...(capture && { capture: join(folder, 'capture.pcap') }),
      })
      const names = run.case.files.map(({ name }) => name)
      const job = { behaviour: run.case.client, host, port: relay.port, files: names, ...files }
      const startedAt = performance.now()
      failure = null
      for (const command of run.client.client(job)) {
        await using client = start(command, 'client', Math.max(1, timeoutMillis - (performance.now() - startedAt)))
        failure = clientFailure(run, client, await client.exited)
        logs.push(client.output)
        if (failure !== null) break
      }
      seconds = (performance.now() - startedAt) / 1000
      failure ??= difference(run.case.files, files.root, files.downloads)
    }
  } finally {
    await server.stop()
    await relay?.stop()
    writeFileSync(join(folder, 'client.log'), logs.join(''))
    writeFileSync(join(folder, 'server.log'), server.output)
  }
  const keylog = writeKeys(folder, Object.values(keys))
  failure ??= await judge(run.case, relay, keylog)
  if (failure === null && capture) failure = await dissect({ file: join(folder, 'capture.pcap'), port, keylog: join(folder, 'keys.txt') })
  return { failure, seconds, folder }
}

/** The relay holds the preferred address, and passes on what comes there: to where the server receives it, or else to its only address. */
function preferredAt({ preferredHost }: Implementation, host: string, port: number, preferredPort: number): RelayOptions['preferred'] {
  const to = preferredHost === undefined ? { host, port } : { host: preferredHost, port: preferredPort }
  return { port: preferredPort, to }
}

async function judge({ checks }: Case, relay: Relay | null, keylog: string): Promise<string | null> {
  const trace = await decrypt(relay?.recorded ?? [], new KeyLog(keylog))
  for (const check of checks) {
    const failure = check(trace)
    if (failure !== null) return failure
  }
  return null
}

/** Both sides' secrets in one file, for dissectors. */
function writeKeys(folder: string, files: readonly string[]): string {
  const text = files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')).join('')
  writeFileSync(join(folder, 'keys.txt'), text)
  if (process.env.SSLKEYLOGFILE !== undefined) writeFileSync(process.env.SSLKEYLOGFILE, text, { flag: 'a' })
  return text
}

function prepare(folder: string, { files, longChain }: Case): Paths {
  rmSync(folder, { recursive: true, force: true })
  const at = (name: string) => join(folder, name)
  const paths = {
    root: at('served'),
    downloads: at('received'),
    state: at('state'),
    cert: at('cert.pem'),
    key: at('key.pem'),
    ca: at('ca.pem'),
  }
  for (const path of [paths.root, paths.downloads, paths.state]) mkdirSync(path, { recursive: true })
  for (const file of files) writeContent(join(paths.root, file.name), file.size)
  const { cert, key, ca } = longChain ? createCertificateChain(LONG_CHAIN, LONG_NAMES) : createCertificateChain(2, 0)
  writeFileSync(paths.cert, cert)
  writeFileSync(paths.ca, ca)
  writeFileSync(paths.key, key, { mode: 0o600 })
  return paths
}

function clientFailure({ client, case: { timeoutMillis } }: Run, child: Child, code: number): string | null {
  if (child.timedOut) return `${client.name} client was not done after ${timeoutMillis / 1000} s`
  return code === 0 ? null : `${client.name} client exited with ${code}`
}
