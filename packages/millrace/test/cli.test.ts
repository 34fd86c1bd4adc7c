// Mistakes on the command line: each ends with its exit code and exactly one line that says what to do.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { after, describe, test } from 'node:test'
import { runProgram } from '../src/cli/program.ts'

const directory = mkdtempSync(join(tmpdir(), 'millrace-cli-'))
after(() => rmSync(directory, { recursive: true }))

const importMillrace = `import { definePlugin } from '${new URL('../src/index.ts', import.meta.url).href}'\n`
const files: Readonly<Record<string, string>> = {
  'good.ts': `${importMillrace}export default definePlugin({ name: 'good', observed: '0x11', mold: '', handle: (value) => value })\n`,
  'empty.ts': 'export const nothing = 1\n',
  'two.ts': `${importMillrace}const make = (name: string) => definePlugin({ name, observed: 0x11, mold: '', handle: (value) => value })\nexport const a = make('a')\nexport const b = make('b')\n`,
  'broken.ts': 'export const a = 1\nexport default {{\n',
  'enum.ts': 'export const a = 1\nenum Color { Red }\n',
  'throws.ts': "\n\nthrow new Error('on purpose')\n",
  'observed.ts': `${importMillrace}\nexport default definePlugin({ name: 'x', observed: '0x99', mold: '', handle: () => null })\n`,
  'missing.ts': "import 'no-such-package'\n",
  'neighbour.ts': "import './gone.ts'\n",
  'workflow.yaml': 'name: w\nhost: 127.0.0.1\nport: 0\nplugins: []\n',
  'unknown.yaml': 'name: w\nplugin: []\n',
  'bad.ndjson': '"a"\nnope\n',
  'cert.pem': 'nonsense',
}
for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** What was written to it. */
class Kept extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

async function millrace(...args: string[]): Promise<Ended> {
  const [stdout, stderr] = [new Kept(), new Kept()]
  const code = await runProgram(args, { cwd: directory, stdin: Readable.from([]), stdout, stderr, signal: new AbortController().signal })
  return { code, stdout: stdout.text, stderr: stderr.text }
}

const busy = createSocket('udp4')
busy.bind(0, '127.0.0.1')
await once(busy, 'listening')
after(() => busy.close())
const busyPort = `127.0.0.1:${busy.address().port}`

const see = '; see millrace --help'
const mistakes: readonly (readonly [args: string, code: number, line: string | RegExp])[] = [
  ['fly', 2, `unknown command 'fly'${see}`],
  ['edge', 2, `required option '-c, --config <file>' not specified${see}`],
  ['edge -c workflow.yaml --prnt hex', 2, `unknown option '--prnt' (Did you mean --print?)${see}`],
  ['edge -c workflow.yaml --busy-poll 1000001', 2, `option '--busy-poll <us>' argument '1000001' is invalid. It is at most 1000000.${see}`],
  [
    'edge -c workflow.yaml --print loud',
    2,
    `option '--print <format>' argument 'loud' is invalid. Allowed choices are packet, hex, echo, thermometer, none.${see}`,
  ],
  ['edge -c nowhere.yaml', 2, 'nowhere.yaml: there is no such file; `millrace init DIR` makes one'],
  ['edge -c unknown.yaml', 2, 'unknown.yaml:2:1: plugin: a workflow has no such key; known are name, host, port, plugins'],
  ['edge -c workflow.yaml --cert cert.pem', 2, '--cert and --key go together; give both or neither'],
  ['edge -c workflow.yaml --cert cert.pem --key gone.pem', 2, '--key gone.pem: cannot be read; give the path of a PEM file'],
  ['source - --tag 0x11 --edge localhost:1 --ca cert.pem', 2, /^Option ca /],
  ['edge -c workflow.yaml --cert cert.pem --key cert.pem', 2, 'the certificate is not PEM; it begins with -----BEGIN CERTIFICATE-----'],
  [
    `edge -c workflow.yaml --listen ${busyPort}`,
    3,
    `cannot listen on UDP ${busyPort}: the port is in use; stop the program that holds it or choose another port`,
  ],
  ['serve nowhere', 2, 'nowhere: there is no such directory'],
  [
    `serve . --listen ${busyPort}`,
    3,
    `cannot listen on UDP and TCP ${busyPort}: the port is in use; stop the program that holds it or choose another port`,
  ],
  ['edge -c workflow.yaml --listen 4241', 2, "--listen '4241' is not host:port; write for example localhost:4241 or [::1]:4241"],
  [
    'edge -c workflow.yaml --listen 192.0.2.1:0',
    3,
    'cannot listen on UDP 192.0.2.1:0: this machine has no such address; use one of its own, 127.0.0.1 or 0.0.0.0',
  ],
  ['run', 2, `missing required argument 'plugin'${see}`],
  ['run good.ts', 2, 'give either --edge host:port, to dial an edge, or --listen host:port, to be dialled'],
  ['run good.ts --edge a:1 --listen b:1', 2, 'give either --edge host:port, to dial an edge, or --listen host:port, to be dialled'],
  ['run good.ts --edge nowhere', 2, "edge 'nowhere' is not host:port; write for example localhost:4241 or [::1]:4241"],
  [
    `run good.ts --listen ${busyPort}`,
    3,
    `cannot listen on UDP ${busyPort}: the port is in use; stop the program that holds it or choose another port`,
  ],
  ['run gone.ts --edge a:1', 2, 'gone.ts: there is no such file; give the path of a plugin, or make one with `millrace init DIR`'],
  ['run . --edge a:1', 2, '.: is not a file; give the path of a plugin, for example plugin.ts'],
  ['run empty.ts --edge a:1', 2, 'empty.ts: exports no plugin; write `export default definePlugin({ ... })`'],
  ['run two.ts --edge a:1', 2, 'two.ts: exports several plugins; make one of them the default export'],
  ['run broken.ts --edge a:1', 2, /^broken\.ts:2(:\d+)?: does not compile: /],
  ['run enum.ts --edge a:1', 2, /^enum\.ts:2(:\d+)?: .*enum.*; only TypeScript that can be erased runs here$/],
  ['run throws.ts --edge a:1', 2, 'throws.ts:3:7: fails while it is loaded: on purpose'],
  ['run observed.ts --edge a:1', 2, "observed.ts:3:16: observed is '0x99'; give a key from '0x10' to '0x3f'"],
  ['run missing.ts --edge a:1', 2, "missing.ts: imports 'no-such-package', which is not installed; run npm install no-such-package"],
  ['run neighbour.ts --edge a:1', 2, 'neighbour.ts: imports gone.ts, which is not there'],
  ['dev good.ts --messages many', 2, `option '--messages <count>' argument 'many' is invalid. It is a whole number, 0 or more.${see}`],
  ['source - --edge a:1', 2, `required option '--tag <key>' not specified${see}`],
  ['source - --tag 0x05 --edge a:1', 2, `option '--tag <key>' argument '0x05' is invalid. Give a key from 0x10 to 0x3f.${see}`],
  ['source gone.ndjson --tag 0x11 --edge a:1', 2, 'gone.ndjson: there is no such file; give a file, or - for standard input'],
  [
    'source - --tag 0x11 --edge no-such-host.invalid:1',
    1,
    'cannot reach no-such-host.invalid:1: the host name is not known; check its spelling',
  ],
  ['init .', 2, 'workflow.yaml: is there already; choose another directory'],
]

describe('a mistake', () => {
  for (const [args, code, line] of mistakes) {
    test(`millrace ${args.replace(busyPort, 'PORT')} exits ${code} with one line`, async () => {
      const ended = await millrace(...args.split(' '))
      assert.equal(ended.stdout, '')
      assert.match(ended.stderr, /^millrace: [^\n]+\n$/)
      const said = ended.stderr.slice('millrace: '.length, -1)
      if (typeof line === 'string') assert.equal(said, line)
      else assert.match(said, line)
      assert.equal(ended.code, code)
    })
  }
})

describe('help', () => {
  for (const args of [['--help'], ['edge', '--help'], ['run', '--help'], ['dev', '--help'], ['source', '--help'], ['init', '--help']]) {
    test(`millrace ${args.join(' ')} shows examples and exits 0`, async () => {
      const { code, stdout, stderr } = await millrace(...args)
      assert.equal(code, 0)
      assert.equal(stderr, '')
      assert.match(stdout, /^Usage: millrace.*\nExamples:\n {2}\S/s)
    })
  }

  test('millrace --version shows the version and exits 0', async () => {
    assert.deepEqual(await millrace('--version'), { code: 0, stdout: '0.1.0\n', stderr: '' })
  })
})
