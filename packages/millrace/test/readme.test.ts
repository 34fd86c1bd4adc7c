// The README claims what works: its programs run, its workflow is one, its commands are there.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { listen } from '@millrace/quic'
import { freePort } from '../../../scripts/support/free-port.ts'
import { parseWorkflow } from '../src/index.ts'
import { developmentIdentity } from '../src/tls/identity.ts'
import { Program } from './program.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code!)

/** A file beside this one, so that the packages are found; gone when the tests are through. */
function program(name: string, code: string): string {
  const path = fileURLToPath(new URL(`./readme-${name}-${process.pid}.ts`, import.meta.url))
  after(() => rmSync(path, { force: true }))
  writeFileSync(path, code)
  return path
}

const [plugin, quic] = blocks('ts') as [string, string]

test('the plugin prints what becomes of the demo data, until it is interrupted', async () => {
  const path = program('plugin', plugin.replace('localhost:4241', `localhost:${await freePort()}`))
  const echo = new Program(['-C', 'source', path], { cwd: root })
  await echo.stdout.count(2)
  assert.match(echo.stdout.items[0]!, /millrace!✅/)
  echo.child.kill('SIGINT')
  assert.ok([0, 'SIGINT'].includes(await echo.ended))
})

test('the QUIC client reaches a server', async () => {
  const { certificate, key } = await developmentIdentity('localhost')
  const directory = mkdtempSync(join(tmpdir(), 'millrace-readme-'))
  after(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'ca.pem'), certificate)
  const endpoint = await listen(
    (session) => {
      session.onstream = async (stream) => {
        for await (const chunks of stream) for (const chunk of chunks) await stream.write(chunk)
        await stream.end()
      }
    },
    { alpn: 'echo', endpoint: { address: '127.0.0.1:0' }, sni: { '*': { certs: certificate, keys: key } } },
  )
  const path = program('quic', quic.replace('localhost:4433', `localhost:${endpoint.address.port}`))
  const client = new Program(['-C', 'source', path], { cwd: root, env: { NODE_EXTRA_CA_CERTS: join(directory, 'ca.pem') } })
  let said = ''
  client.child.stdout!.on('data', (text: string) => {
    said += text
  })
  assert.equal(await client.ended, 0, client.stderr.items.join('\n'))
  assert.equal(said, 'hello')
  await endpoint.close()
})

test('the workflow is one', () => {
  const [yaml] = blocks('yaml') as [string]
  assert.equal(parseWorkflow(yaml, 'README.md').plugins[0]?.name, 'EchoPlugin')
})

test('every command and every script that is named is there', async () => {
  const commands = [...readme.matchAll(/^npx millrace (\w+)/gm)].map(([, command]) => command!)
  assert.ok(commands.length >= 5)
  for (const command of commands) {
    const help = new Program([join(root, 'packages/millrace/bin/millrace.js'), command, '--help'], { cwd: root })
    assert.equal(await help.ended, 0, command)
  }
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  const named = [...readme.matchAll(/npm run (\w+)/g)].map(([, script]) => script!)
  for (const script of named) assert.ok(script in scripts, script)
})

test('it is short', () => {
  assert.ok(readme.split('\n').length < 150)
})
