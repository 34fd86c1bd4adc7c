import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDictionary, parseItem, parseList, serializeString } from './structured-fields.ts'

const token = (value: string) => ({ type: 'token', value })
const none = new Map()

test('items of every type (RFC 9651 section 3.3)', () => {
  const items: Record<string, unknown> = {
    '42': 42,
    '-0.5': -0.5,
    '123456789012345': 123456789012345,
    '"a \\"quoted\\" \\\\ string"': 'a "quoted" \\ string',
    '""': '',
    'foo123/456:x*': token('foo123/456:x*'),
    '?1': true,
    '?0': false,
    '@1659578233': { type: 'date', seconds: 1659578233 },
    '%"f%c3%bc%c3%bc"': 'füü',
    '  7  ': 7,
  }
  for (const [text, value] of Object.entries(items)) assert.deepEqual(parseItem(text), { value, parameters: none }, text)
  assert.deepEqual(Buffer.from(parseItem(':aGVsbG8=:')!.value as Uint8Array).toString(), 'hello')
})

test('parameters, lists and inner lists (RFC 9651 sections 3.1 and 3.1.2)', () => {
  assert.deepEqual(
    parseItem('a;b;c=2; d="x";b=?0')!.parameters,
    new Map<string, unknown>([
      ['c', 2],
      ['d', 'x'],
      ['b', false],
    ]),
  )
  assert.deepEqual(parseList('"a" ,\t"b";q=1'), [
    { value: 'a', parameters: none },
    { value: 'b', parameters: new Map([['q', 1]]) },
  ])
  assert.deepEqual(parseList('(1 2);x, ()'), [
    {
      value: [
        { value: 1, parameters: none },
        { value: 2, parameters: none },
      ],
      parameters: new Map([['x', true]]),
    },
    { value: [], parameters: none },
  ])
  assert.deepEqual(parseList(''), [])
})

test('dictionaries, in which the last of a key counts (RFC 9651 section 3.2)', () => {
  const parsed = parseDictionary('u=2, i, u=5;x, v=(1)')!
  assert.deepEqual([...parsed.keys()], ['i', 'u', 'v'])
  assert.equal(parsed.get('u')!.value, 5)
  assert.equal(parsed.get('i')!.value, true)
})

test('what does not parse is null, to the last character (RFC 9651 section 4.2)', () => {
  for (const text of [
    '',
    'a,',
    '1.',
    '1.2345',
    '1234567890123456',
    '--1',
    '"a',
    '"\u00e9"',
    '"\\n"',
    '?2',
    '@1.5',
    '(1',
    '(1 2',
    '(12"a")',
    '%"%C3%BC"',
    '%"%ff"',
    ':a',
    'a b',
    'a;B',
    '1 ,',
  ]) {
    assert.equal(parseItem(text), null, text)
  }
  for (const text of [',', 'a,', 'a,,b', 'a b', '(a']) assert.equal(parseList(text), null, text)
  for (const text of ['U=1', 'a=,', 'a=1 b', '=1', 'a=1,']) assert.equal(parseDictionary(text), null, text)
  assert.equal(parseList('a, '.repeat(10_000).concat('a')), null, 'longer than any field that means something')
})

test('long fields that lead nowhere are refused', () => {
  for (const text of ['"'.padEnd(16_000, 'a'), `"${'\\\\'.repeat(7000)}`, '(('.repeat(4000), `${'a;'.repeat(5000)}`, '1'.repeat(16_000)]) {
    assert.equal(parseList(text), null)
  }
})

test('strings are written so that they parse', () => {
  for (const text of ['', 'moq-00', 'a "b" \\ c']) assert.equal(parseItem(serializeString(text)!)!.value, text)
  assert.equal(serializeString('\u00e9'), null)
  assert.equal(serializeString('a\n'), null)
})
