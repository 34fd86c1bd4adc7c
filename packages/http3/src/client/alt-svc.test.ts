import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseAltSvc } from './alt-svc.ts'
import { MAX_ALT_SVC_LENGTH, MAX_ALTERNATIVES } from './limits.ts'

const day = 86_400

describe('an Alt-Svc value (RFC 7838 section 3)', () => {
  const values: readonly (readonly [value: string, expected: ReturnType<typeof parseAltSvc>])[] = [
    ['clear', 'clear'],
    [' clear ', 'clear'],
    ['h3=":443"', [{ host: 'origin.example', port: 443, maxAge: day, persist: false }]],
    ['h3=":443"; ma=60', [{ host: 'origin.example', port: 443, maxAge: 60, persist: false }]],
    ['h3="alt.example:8443";persist=1 ; ma="7"', [{ host: 'alt.example', port: 8443, maxAge: 7, persist: true }]],
    ['h3="ALT.example:8443"; persist=2', [{ host: 'alt.example', port: 8443, maxAge: day, persist: false }]],
    ['h3="[2001:db8::1]:443"', [{ host: '2001:db8::1', port: 443, maxAge: day, persist: false }]],
    ['h3="\\alt.example:1"', [{ host: 'alt.example', port: 1, maxAge: day, persist: false }]],
    [
      'h2=":443", h3=":444"; ma=1; v="46,43" , h3="b:445"',
      [
        { host: 'origin.example', port: 444, maxAge: 1, persist: false },
        { host: 'b', port: 445, maxAge: day, persist: false },
      ],
    ],
    // Other protocols, drafts of this one among them, are of no use.
    ['h3-29=":443", w=":80"', []],
    // Authorities that cannot be dialled are passed over.
    ['h3="host", h3=":0", h3=":65536", h3="a@b:1", h3="a/b:1"', []],
    ['h3=":1"; ma=soon', [{ host: 'origin.example', port: 1, maxAge: day, persist: false }]],
  ]
  for (const [value, expected] of values)
    test(`${JSON.stringify(value)} is read`, () => {
      assert.deepEqual(parseAltSvc(value, 'origin.example'), expected)
    })

  for (const value of ['', 'Clear', 'h3', 'h3=:443', 'h3=":443', 'h3=":443";', 'h3=":443" h3=":444"', '=":443"', 'h3 =":443"'])
    test(`${JSON.stringify(value)} says nothing`, () => {
      assert.equal(parseAltSvc(value, 'origin.example'), null)
    })

  test('a flood of alternatives leaves the first few, and a value that is too long none', () => {
    const many = Array.from({ length: 40 }, (_, index) => `h3=":${index + 1}"`).join(',')
    assert.deepEqual(
      (parseAltSvc(many, 'o') as readonly { port: number }[]).map(({ port }) => port),
      Array.from({ length: MAX_ALTERNATIVES }, (_, index) => index + 1),
    )
    assert.equal(parseAltSvc(`h3=":1"; x="${'y'.repeat(MAX_ALT_SVC_LENGTH)}"`, 'o'), null)
  })

  test('whatever arrives is read or says nothing, and never throws', () => {
    const pieces = fc.constantFrom('h3', '=', '":443"', '"', '\\', ';', ',', ' ', 'ma', '1', 'persist', 'clear', '[::1]:', '\0', 'é')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const found = parseAltSvc(parts.join(''), 'o')
        if (found !== null && found !== 'clear') for (const { port } of found) assert.ok(port >= 1 && port <= 65_535)
      }),
    )
  })
})
