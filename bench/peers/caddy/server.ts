// Caddy, serving files over HTTP/3 with the quic-go that it is built with.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '../../../scripts/support/free-port.ts'
import { ROOT } from '../ngtcp2/programs.ts'
import { serverOptions } from '../node/contract.ts'
import { PROGRAM } from './program.ts'

const { cert, key } = serverOptions()
const folder = dirname(cert)
const root = join(folder, ROOT)
mkdirSync(root, { recursive: true })
const port = await freePort()
const home = mkdtempSync(join(folder, 'caddy-'))
writeFileSync(
  join(home, 'Caddyfile'),
  `{
	admin off
	auto_https off
}
https://127.0.0.1:${port}, https://localhost:${port} {
	tls ${cert} ${key}
	root * ${root}
	file_server
}
`,
)
const child = spawn(PROGRAM, ['run', '--config', join(home, 'Caddyfile'), '--adapter', 'caddyfile'], {
  stdio: ['ignore', 'ignore', 'pipe'],
  env: { ...process.env, HOME: home },
})
child.once('exit', (code) => process.exit(code ?? 1))
process.once('exit', () => child.kill('SIGKILL'))
await serving()
console.log(`listening ${port} ${child.pid}`)
for await (const line of createInterface({ input: process.stdin })) console.log(`${line} done`)
process.exit(0)

/** Its log says when it takes connections; what else it says is read, so that it need not wait for us. */
function serving(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.includes('serving initial configuration')) resolve()
    else if (!line.startsWith('{') || line.includes('"level":"error"')) console.error(line)
  })
  return promise
}
