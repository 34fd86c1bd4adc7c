import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { VirtualClock } from '../../test/support/virtual-clock.ts'
import { type HttpsRecord, HttpsRecords } from './https-records.ts'
import { HTTPS_RECORD_MILLIS, MAX_HTTPS_RECORDS } from './limits.ts'

function resolver(answer: () => readonly HttpsRecord[]) {
  const asked: string[] = []
  const clock = new VirtualClock()
  const records = new HttpsRecords(async (name) => {
    asked.push(name)
    return answer()
  }, clock)
  return { records, asked, clock }
}

const origin = new URL('https://a.example')

describe('HTTPS records (RFC 9460)', () => {
  const answers: readonly (readonly [name: string, answer: readonly HttpsRecord[], found: unknown])[] = [
    ['of the name itself', [{ priority: 1, target: '.', alpn: ['h2', 'h3'] }], { host: 'a.example', port: 443 }],
    ['with another name and port', [{ priority: 1, target: 'B.example.', alpn: ['h3'], port: 8443 }], { host: 'b.example', port: 8443 }],
    [
      'by priority (section 2.4.1)',
      [
        { priority: 2, target: 'b.', alpn: ['h3'] },
        { priority: 1, target: 'c.', alpn: ['h3'] },
      ],
      { host: 'c', port: 443 },
    ],
    ['without HTTP/3', [{ priority: 1, target: '.', alpn: ['h2'] }], null],
    ['that are aliases', [{ priority: 0, target: 'b.', alpn: ['h3'] }], null],
    ['with a port that is none', [{ priority: 1, target: '.', alpn: ['h3'], port: 0 }], null],
    ['of none', [], null],
    [
      'behind too many others',
      [
        ...Array.from({ length: MAX_HTTPS_RECORDS }, () => ({ priority: 9, target: '.', alpn: ['h2'] })),
        { priority: 1, target: '.', alpn: ['h3'] },
      ],
      null,
    ],
  ]
  for (const [name, answer, found] of answers)
    test(name, async () => {
      const { records } = resolver(() => answer)
      assert.deepEqual(await records.find(origin), found)
    })

  test('are asked for under the port, where it is not 443 (section 9.1)', async () => {
    const { records, asked } = resolver(() => [{ priority: 1, target: '.', alpn: ['h3'] }])
    assert.deepEqual(await records.find(new URL('https://a.example:8443')), { host: 'a.example', port: 8443 })
    await records.find(origin)
    assert.deepEqual(asked, ['_8443._https.a.example', 'a.example'])
  })

  test('are asked for once a minute, whoever wants to know', async () => {
    const { records, asked, clock } = resolver(() => [])
    await Promise.all([records.find(origin), records.find(origin)])
    clock.pass(HTTPS_RECORD_MILLIS - 1)
    await records.find(origin)
    assert.equal(asked.length, 1)
    clock.pass(1)
    await records.find(origin)
    assert.equal(asked.length, 2)
  })

  test('are none when the resolver fails', async () => {
    const throwing = resolver(() => {
      throw new Error('SERVFAIL')
    })
    assert.equal(await throwing.records.find(origin), null)
  })
})
