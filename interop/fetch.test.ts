// fetch against servers that others wrote: Caddy (quic-go, found by Alt-Svc), ngtcp2's gtlsserver and aioquic. Each is skipped where it is not installed:
// `bash interop/install.sh caddy ngtcp2 aioquic`.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { Agent, type AgentOptions, type FetchInit, fetch } from '@millrace/http3'
import { createCertificate } from '../scripts/support/certificate.ts'
import { Child, type Command } from '../scripts/support/child.ts'
import { freePort } from '../scripts/support/free-port.ts'

const directory = mkdtempSync(join(tmpdir(), 'millrace-fetch-'))
after(() => rmSync(directory, { recursive: true }))
const { cert, key } = createCertificate()
const path = (name: string): string => join(directory, name)
writeFileSync(path('cert.pem'), cert)
writeFileSync(path('key.pem'), key)
const file = randomBytes(300_000)
writeFileSync(path('file'), file)

/** A peer that does not answer within so many milliseconds fails its test. */
const PEER_MILLIS = 60_000

const AIOQUIC = join(process.env.MILLRACE_PEERS ?? '/usr/local/lib/millrace-interop', 'aioquic/bin/python')

function skipped(...programs: readonly string[]): string | false {
  const missing = programs.find((program) => !existsSync(program))
  return missing === undefined ? false : `${missing} is not there; bash interop/install.sh caddy ngtcp2 aioquic`
}

function agent(options: AgentOptions = {}): Agent {
  const made = new Agent({ ca: cert, ...options })
  after(() => made.destroy())
  return made
}

async function start(command: Command): Promise<Child> {
  const child = new Child(command, PEER_MILLIS)
  after(() => child.stop())
  return child
}

async function content(url: string, init: FetchInit): Promise<Buffer> {
  const response = await fetch(url, init)
  assert.equal(response.status, 200)
  return Buffer.from(await response.arrayBuffer())
}

/** Files, one and many at once. */
async function downloads(base: string, dispatcher: Agent): Promise<void> {
  assert.deepEqual(await content(`${base}/file`, { dispatcher }), file)
  const all = await Promise.all(Array.from({ length: 20 }, () => content(`${base}/file`, { dispatcher })))
  for (const one of all) assert.ok(one.equals(file))
  const head = await fetch(`${base}/file`, { dispatcher, method: 'HEAD' })
  assert.equal(head.status, 200)
  await head.text()
}

describe('Caddy', { skip: skipped('/usr/bin/caddy') }, () => {
  test('is found by its Alt-Svc field, and carries content both ways by HTTP/3', async () => {
    const seen: string[] = []
    const backend = createServer((request, response) => {
      seen.push(String(request.headers.via ?? request.headers['x-forwarded-proto']))
      request.pipe(response)
    }).listen(0, '127.0.0.1')
    await once(backend, 'listening')
    after(() => backend.close())
    const port = await freePort()
    const configuration = `{
      admin off
      auto_https off
      servers {
        protocols h1 h2 h3
      }
    }
    https://localhost:${port} {
      bind 127.0.0.1
      tls ${path('cert.pem')} ${path('key.pem')}
      handle /echo {
        header x-protocol {http.request.proto}
        reverse_proxy 127.0.0.1:${(backend.address() as AddressInfo).port}
      }
      handle {
        header x-protocol {http.request.proto}
        root * ${directory}
        file_server
      }
    }`
    writeFileSync(path('Caddyfile'), configuration)
    const caddy = await start({
      program: '/usr/bin/caddy',
      args: ['run', '--config', path('Caddyfile'), '--adapter', 'caddyfile'],
      env: { HOME: directory },
    })
    await caddy.prints(/serving initial configuration/)
    const base = `https://localhost:${port}`
    const dispatcher = agent({ headStart: 10_000 })
    const protocol = async (): Promise<string | null> => {
      const response = await fetch(`${base}/file`, { dispatcher })
      await response.arrayBuffer()
      return response.headers.get('x-protocol')
    }
    assert.equal(await protocol(), 'HTTP/2.0')
    assert.equal(await protocol(), 'HTTP/3.0')
    await downloads(base, dispatcher)
    const echoed = await content(`${base}/echo`, { dispatcher, method: 'POST', body: file })
    assert.ok(echoed.equals(file))
    assert.equal(seen.length, 1)
  })
})

describe("ngtcp2's gtlsserver", { skip: skipped('/usr/sbin/gtlsserver') }, () => {
  test('serves files', async () => {
    const port = await freePort()
    const args = ['--htdocs', directory, '127.0.0.1', String(port), path('key.pem'), path('cert.pem')]
    await start({ program: '/usr/sbin/gtlsserver', args: ['--quiet', ...args] })
    await downloads(`https://localhost:${port}`, agent({ http3: 'only' }))
  })
})

describe('aioquic', { skip: skipped(AIOQUIC) }, () => {
  test('serves files', async () => {
    const port = await freePort()
    const hq = join(import.meta.dirname, 'implementations/aioquic/hq.py')
    const options = {
      host: '127.0.0.1',
      port: String(port),
      cert: path('cert.pem'),
      key: path('key.pem'),
      root: directory,
      behaviour: 'http3',
    }
    await start({ program: AIOQUIC, args: [hq, 'server', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])] })
    await downloads(`https://localhost:${port}`, agent({ http3: 'only' }))
  })
})
