// The page on conformance is what its tables say, and they name tests that are there.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { answers } from './answers.ts'
import { isReason } from './coverage.ts'
import { extract } from './extract.ts'
import { PAGE, page } from './page.ts'
import { RFCS } from './statements.ts'

const ROOT = join(import.meta.dirname, '..')

/** Fewer letters may stand anywhere. */
const LEAST_NAME = 12

for (const rfc of RFCS) {
  describe(`RFC ${rfc}`, () => {
    test('each statement has tests or a reason, and nothing else has', () => {
      for (const { statement, cover } of answers(rfc)) {
        if (isReason(cover)) assert.ok(cover.text.length > 0 && !cover.text.endsWith('.'), `${statement.id}: ${cover.text}`)
        else assert.ok(cover.length > 0, `${statement.id} names no test`)
      }
    })

    test('each test that is named stands in its file', () => {
      const named = answers(rfc).flatMap(({ statement, cover }) =>
        isReason(cover) ? [] : cover.map((test) => ({ id: statement.id, ...test })),
      )
      const strays = named.filter(({ file, name }) => name.length < LEAST_NAME || !isNamed(name, readFileSync(join(ROOT, file), 'utf8')))
      assert.deepEqual(strays, [])
    })
  })
}

test('docs/conformance.md is what the generator writes', () => {
  assert.equal(readFileSync(join(ROOT, PAGE), 'utf8'), page(), 'run `npm run conformance`')
})

test('a name counts as found where it is a whole string, or all that stands between the variable parts of one', () => {
  const source = `test('one thing holds', f)\ntest(\`\${side}: the keys are updated by \${peer}\`, f)\ntest('it\\'s an apostrophe', f)`
  for (const name of ['one thing holds', 'the keys are updated by', "it's an apostrophe"]) assert.ok(isNamed(name, source), name)
  for (const name of ['one thing', 'thing holds', 'keys are updated', 'another thing holds']) assert.ok(!isNamed(name, source), name)
})

test('statements are taken from the text with their section, and lists with the sentence that begins them', () => {
  const source = `---
title: none
--- middle
# Introduction

The key words "MUST" and "MUST NOT" mean what they mean.

# Streams {#streams}

An endpoint MUST NOT do
this; see {{limits}}.  It may do that. It MUST (e.g. Here) close:

* when one \`thing\` happens, or
* another.

## Limits {#limits}

Length:

: This MUST be 2<sup>6</sup>, as {{Section 4 of TLS}} says.

# IANA Considerations

IANA MUST look away.
--- back
`
  assert.deepEqual(extract('9001', source), [
    { id: '9001-2-1', section: '2', title: 'Streams', text: 'An endpoint MUST NOT do this; see Section 2.1.' },
    { id: '9001-2-2', section: '2', title: 'Streams', text: 'It MUST (e.g. Here) close: when one thing happens; another' },
    { id: '9001-2.1-1', section: '2.1', title: 'Limits', text: 'This MUST be 2^6, as Section 4 of TLS says.' },
  ])
})

/** Whether `name` is the whole of a literal in `source`, or the whole between two of its variable parts, save for spaces and colons at the ends. */
function isNamed(name: string, source: string): boolean {
  for (const written of [name, name.replaceAll("'", "\\'")]) {
    for (let at = source.indexOf(written); at >= 0; at = source.indexOf(written, at + 1)) {
      const [before, after] = [source.slice(0, at), source.slice(at + written.length)]
      if (/['"`}][\s:,]*$/.test(before) && /^[\s:,]*(?:['"`]|\$\{)/.test(after)) return true
    }
  }
  return false
}
