import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const ROOT = join(import.meta.dirname, '..')

function run(...args: readonly string[]) {
  const node = ['--conditions=source', join(import.meta.dirname, 'turns.ts'), ...args]
  return spawnSync(process.execPath, node, { cwd: ROOT, encoding: 'utf8', timeout: 60_000 })
}

describe('bench:turns', () => {
  it('lets two contenders make connections by turns, and compares them', () => {
    const { status, stdout, stderr } = run(
      '--block',
      '5',
      '--warm-up',
      '1',
      '--turns',
      '3',
      '--kind',
      'resumed',
      'one=.',
      'tls=.,node-tls,--no-opt',
    )
    assert.equal(status, 0, stderr)
    const lines = stdout.trim().split('\n')
    assert.match(lines[0]!, /^one +\d+ \(\d+\) us; CPU of the client \d+ \(\d+\), of the server \d+ \(\d+\); 1\.000 \(1\.000\) x one$/)
    assert.match(lines[1]!, /^tls +\d+ \(\d+\) us; .+; \d+\.\d{3} \(\d+\.\d{3}\) x one$/)
    assert.equal(lines.length, 2)
  })

  it('lets them echo by turns, and tells the p99 too', () => {
    const { status, stdout, stderr } = run('--kind', 'echoes', '--block', '20', '--warm-up', '1', '--turns', '2', 'one=.', 'tls=.,node-tls')
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^one +\d+ \(\d+\) us, p99 \d+ \(\d+\) us; CPU .+\ntls +\d+ \(\d+\) us, p99 \d+ \(\d+\) us; CPU .+ x one\n$/)
  })

  it('lets them download by turns, on several streams', () => {
    const { status, stdout, stderr } = run(
      '--kind',
      'download',
      '--inflight',
      '3',
      '--block',
      '2',
      '--warm-up',
      '1',
      '--turns',
      '2',
      'one=.',
    )
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^one +\d+ \(\d+\) us; CPU .+; 1\.000 \(1\.000\) x one\n$/)
  })

  it('says in a sentence what is wrong with its arguments', () => {
    for (const [args, sentence] of [
      [[], 'name two contenders, as before=../before now=.'],
      [['here'], 'here is no NAME=CHECKOUT'],
      [['--kind', 'half', 'now=.'], '--kind half is none of full, resumed, early, requests, echoes, download'],
      [['--turns', '0', 'now=.'], '--turns takes a number from 1 to 999999'],
    ] as const) {
      const { status, stderr } = run(...args)
      assert.equal(status, 2)
      assert.equal(stderr, `bench:turns: ${sentence}; --help tells more\n`)
    }
  })

  it('says what a program complained of that did not start', () => {
    const { status, stderr } = run('now=nowhere')
    assert.equal(status, 1)
    assert.match(stderr, /^bench:turns: .*nowhere/)
  })
})
