import assert from 'node:assert/strict'
import { test } from 'node:test'
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
  assert.deepEqual([options?.roles, options?.json, options?.capture], [['server'], true, false])
})

for (const [args, sentence] of [
  [['--case', 'handshake,nothing'], "--case does not know 'nothing'; it knows handshake, transfer, multiplexing"],
  [['--peer', ''], "--peer does not know ''; it knows ngtcp2, millrace"],
  [['--role', 'each'], "--role does not know 'each'; it knows client, server, both, none"],
  [['--rolle', 'both'], "Unknown option '--rolle'; --help lists what there is"],
] as const) {
  test(`${args.join(' ')} is refused in a sentence`, () => {
    assert.throws(() => parseOptions(args), new UsageError(sentence))
  })
}
