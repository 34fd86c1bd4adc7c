// What a peer says is shown, and does nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closeError } from './error.ts'
import { printable } from './printable.ts'

test('control characters, line breaks of any kind and changes of direction are escaped', () => {
  assert.equal(printable('a\n\r\t\0b\x1b[31m\x7f\x9b'), 'a\\u{a}\\u{d}\\u{9}\\u{0}b\\u{1b}[31m\\u{7f}\\u{9b}')
  assert.equal(printable('\u2028\u2029\u202e\u2066\ufeff\u200b'), '\\u{2028}\\u{2029}\\u{202e}\\u{2066}\\u{feff}\\u{200b}')
  assert.equal(printable('\ud800'), '\\u{d800}')
})

test('what is fit to print stays as it is', () => {
  assert.equal(printable('Zu viel: 5 € für 3 Äpfel, 日本語 😀'), 'Zu viel: 5 € für 3 Äpfel, 日本語 😀')
})

test('an escape that was sent is told from one that was made', () => {
  assert.equal(printable('\\u{a}\n'), '\\\\u{a}\\u{a}')
})

test('an error has the reason escaped in its message, and as it came in `reason`', () => {
  const reason = 'done\n2026-11-22 admin logged in \x1b[2K'
  for (const layer of ['application', 'transport'] as const) {
    const error = closeError({ type: 'closed', initiator: 'peer', layer, code: 7n, reason })!
    assert.equal(error.reason, reason)
    assert.match(error.message, /: done\\u\{a\}2026-11-22 admin logged in \\u\{1b\}\[2K$/)
  }
})
