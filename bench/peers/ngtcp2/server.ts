// h09server or gtlsserver, on a port that was free a moment ago: it prints none that it chose by itself.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../../scripts/support/free-port.ts'
import { serverOptions } from '../node/contract.ts'
import { GROUP, programs, ROOT, SUITE } from './programs.ts'

/** How often it is looked whether the port is taken, milliseconds. */
const POLL_MILLIS = 5

const { cert, key, mode } = serverOptions()
const root = join(dirname(cert), ROOT)
mkdirSync(root, { recursive: true })
const port = await freePort()
const child = spawn(programs(mode).server, ['--quiet', SUITE, GROUP, `--htdocs=${root}`, '127.0.0.1', `${port}`, key, cert], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
child.once('exit', (code) => process.exit(code ?? 1))
process.once('exit', () => child.kill('SIGKILL'))
while (!isBound(port)) await delay(POLL_MILLIS)
console.log(`listening ${port} ${child.pid}`)
for await (const line of createInterface({ input: process.stdin })) console.log(`${line} done`)
process.exit(0)

/** proc(5): addresses and ports in hexadecimal. */
function isBound(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return readFileSync('/proc/net/udp', 'latin1').includes(`0100007F:${hex} `)
}
