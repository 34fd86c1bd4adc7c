// One stream over loopback, two processes: the client writes as fast as it may, the server reads and counts. Beside it
// node:tls, which is TCP with the kernel's segmentation and TLS records of 16 KB: the upper bound that a Node user knows.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificate } from '../../scripts/support/certificate.ts'
import { Child, nodeProgram } from '../../scripts/support/child.ts'
import type { Benchmark, Contender, Effort, Measurement } from '../benchmark.ts'

/** Beyond the round itself: two starts of Node, a handshake, and a slow machine; milliseconds. */
const OVERHEAD_MILLIS = 20_000

export const throughput: Benchmark = {
  name: 'throughput',
  what: 'MB/s of one stream over loopback, two processes, beside node:tls; AES-128-GCM',
  unit: 'MB/s',
  contenders: [contender('millrace'), contender('node:tls')],
  full: { rounds: 7, millis: 3_000, warmUpMillis: 1_000 },
  quick: { rounds: 3, millis: 1_200, warmUpMillis: 500 },
}

/** A pair of programs of this folder, named for the contender. */
function contender(name: string): Contender {
  const program = (end: string) => join(import.meta.dirname, `${name.replace('node:', '')}-${end}.ts`)
  return { name, measure: (effort) => measure(program('server'), program('client'), effort) }
}

async function measure(server: string, client: string, effort: Effort): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), 'throughput-'))
  const { cert, key } = createCertificate()
  writeFileSync(join(folder, 'cert.pem'), cert)
  writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 })
  const deadline = effort.millis + effort.warmUpMillis + OVERHEAD_MILLIS
  const receiver = new Child(nodeProgram(server, folder, `${effort.warmUpMillis}`), deadline)
  let sender: Child | null = null
  try {
    const [, port] = await receiver.prints(/^listening (\d+)$/m)
    sender = new Child(nodeProgram(client, folder, port as string, `${effort.millis + effort.warmUpMillis}`), deadline)
    const [, bytes, seconds, cipher] = await receiver.prints(/^received (\d+) bytes in ([\d.]+) s with (\S+)$/m)
    const code = await sender.exited
    if (code !== 0) throw new Error(`${client} exited with ${code}:\n${sender.output}`)
    return { value: Number(bytes) / Number(seconds) / 1e6, note: cipher as string }
  } finally {
    await sender?.stop()
    await receiver.stop()
    rmSync(folder, { recursive: true })
  }
}
