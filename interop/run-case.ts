// One case between one client and one server: files made, both started, bytes compared, everything stopped.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCertificate } from '../scripts/support/certificate.ts'
import { Child, type Command } from '../scripts/support/child.ts'
import { freeUdpPort, udpPortBound } from '../scripts/support/udp-port.ts'
import type { Case } from './cases.ts'
import { dissect } from './dissect.ts'
import type { Implementation } from './implementations/implementation.ts'
import { difference, writeContent } from './judge.ts'
import type { Role } from './options.ts'
import { Relay } from './relay.ts'

export interface Run {
  readonly peer: string
  readonly role: Role
  readonly case: Case
  readonly client: Implementation
  readonly server: Implementation
}

export interface Result {
  readonly peer: string
  readonly role: Role
  readonly case: string
  readonly passed: boolean
  /** Why it failed, null when it passed. */
  readonly failure: string | null
  /** From the client's start to its end. */
  readonly seconds: number
  /** Where files, logs, keys and capture lie. */
  readonly folder: string
}

const OUT = join(import.meta.dirname, 'out')

export async function runCase(run: Run, { capture }: { capture: boolean }): Promise<Result> {
  const { timeoutMillis } = run.case
  const folder = join(OUT, `${run.peer}-${run.case.name}-${run.role}`)
  const files = prepare(folder, run.case)
  const keylog = process.env.SSLKEYLOGFILE ?? join(folder, 'keys.txt')
  const record = { file: join(folder, 'capture.pcap'), port: await freeUdpPort(), keylog }
  const start = (command: Command) => new Child({ ...command, env: { ...command.env, SSLKEYLOGFILE: keylog } }, timeoutMillis)

  const server = start(run.server.server({ port: record.port, ...files }))
  const relay = capture ? await Relay.start(record.port, record.file) : null
  let client: Child | null = null
  let seconds = 0
  let failure: string | null = `${run.server.name} server did not come to listen`
  try {
    if (await udpPortBound(record.port, () => server.running)) {
      const startedAt = performance.now()
      const names = run.case.files.map(({ name }) => name)
      client = start(run.client.client({ port: relay?.port ?? record.port, ca: files.cert, downloads: files.downloads, files: names }))
      const code = await client.exited
      seconds = (performance.now() - startedAt) / 1000
      failure = clientFailure(run, client, code) ?? difference(run.case.files, files.root, files.downloads)
    }
  } finally {
    await client?.stop()
    await server.stop()
    await relay?.stop()
  }
  if (failure === null && capture) failure = await dissect(record)
  writeFileSync(join(folder, 'client.log'), client?.output ?? '')
  writeFileSync(join(folder, 'server.log'), server.output)
  return { peer: run.peer, role: run.role, case: run.case.name, passed: failure === null, failure, seconds, folder }
}

function prepare(folder: string, { files }: Case): { root: string; downloads: string; cert: string; key: string } {
  rmSync(folder, { recursive: true, force: true })
  const paths = {
    root: join(folder, 'served'),
    downloads: join(folder, 'received'),
    cert: join(folder, 'cert.pem'),
    key: join(folder, 'key.pem'),
  }
  for (const path of [paths.root, paths.downloads]) mkdirSync(path, { recursive: true })
  for (const file of files) writeContent(join(paths.root, file.name), file.size)
  const { cert, key } = createCertificate()
  writeFileSync(paths.cert, cert)
  writeFileSync(paths.key, key, { mode: 0o600 })
  return paths
}

function clientFailure({ client, case: { timeoutMillis } }: Run, child: Child, code: number): string | null {
  if (child.timedOut) return `${client.name} client was not done after ${timeoutMillis / 1000} s`
  return code === 0 ? null : `${client.name} client exited with ${code}`
}
