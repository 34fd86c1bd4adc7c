import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cases, suites } from './cases.ts'
import { parseOptions, UsageError } from './options.ts'

test('without arguments every case runs against ngtcp2 in both roles', () => {
  const options = parseOptions([])
  assert.deepEqual(options?.peers, ['ngtcp2'])
  assert.deepEqual(options?.roles, ['client', 'server'])
  assert.ok(options?.cases.includes('handshake') && options.cases.includes('transfer'))
})

test('cases and peers are lists', () => {
  const options = parseOptions(['--case', 'transfer,handshake', '--role', 'server', '--json'])
  assert.deepEqual(options?.cases, ['transfer', 'handshake'])
  assert.deepEqual([options?.roles, options?.json, options?.capture, options?.again], [['server'], true, false, false])
})

test('a suite stands for its cases', () => {
  assert.deepEqual(parseOptions(['--suite', 'http3'])?.cases, ['http3'])
  for (const names of Object.values(suites)) for (const name of names) assert.ok(name in cases, name)
})

for (const [args, sentence] of [
  [['--case', 'handshake,nothing'], `--case does not know 'nothing'; it knows ${Object.keys(cases).join(', ')}`],
  [['--suite', 'http4'], "--suite does not know 'http4'; it knows http3"],
  [['--suite', 'http3', '--case', 'retry'], '--case and --suite are both given; one says which cases'],
  [['--peer', ''], "--peer does not know ''; it knows ngtcp2, aioquic, quic-go, quinn, millrace"],
  [['--role', 'each'], "--role does not know 'each'; it knows client, server, both, none"],
  [['--jobs', '0'], "--jobs is '0'; it goes from 1 to 64"],
  [['--rolle', 'both'], "Unknown option '--rolle'; --help lists what there is"],
] as const) {
  test(`${args.join(' ')} is refused in a sentence`, () => {
    assert.throws(() => parseOptions(args), new UsageError(sentence))
  })
}
