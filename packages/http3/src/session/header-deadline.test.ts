import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { HeaderDeadline } from './header-deadline.ts'

class Request {
  readonly given: string[] = []
  destroy(code: string): void {
    this.given.push(code)
  }
}

test('a request whose header section does not end in time is given up, and no other (CVE-2022-30591)', () => {
  const now = { at: 0 }
  mock.method(performance, 'now', () => now.at)
  mock.timers.enable({ apis: ['setTimeout'] })
  const pass = (millis: number): void => {
    now.at += millis
    mock.timers.tick(millis)
  }
  try {
    const deadline = new HeaderDeadline(100)
    const [slow, quick, later, last] = [new Request(), new Request(), new Request(), new Request()]
    deadline.begins(slow)
    deadline.begins(quick)
    pass(60)
    deadline.begins(later)
    deadline.met(quick)
    pass(39)
    assert.deepEqual(slow.given, [])
    pass(1)
    assert.deepEqual([slow.given, quick.given, later.given], [['H3_REQUEST_REJECTED'], [], []])
    pass(60)
    assert.deepEqual([slow.given.length, later.given], [1, ['H3_REQUEST_REJECTED']])
    deadline.begins(last)
    deadline.end()
    pass(1000)
    assert.deepEqual(last.given, [])
  } finally {
    mock.timers.reset()
    mock.restoreAll()
  }
})
