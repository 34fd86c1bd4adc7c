// docs/security.md says what the code does: every file that it names is there, every test and every name that it quotes stands in the file named before it.
import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const PAGE = new URL('../../../docs/security.md', import.meta.url)
const GAP = /no test yet|not yet defended/i

/** A link, a quotation, or code. */
const MENTION = /\[[^\]]+\]\(([^)]+)\)|"([^"]+)"|`([^`]+)`/g

interface Row {
  readonly line: number
  readonly attack: string
  readonly defence: string
  readonly tests: string
}

const lines = readFileSync(PAGE, 'utf8').split('\n')
const rows = lines.flatMap((text, index): Row[] => {
  const cells = text.split(' | ')
  if (!text.startsWith('| ') || cells[0] === '| found as' || cells[0] === '| class') return []
  assert.equal(cells.length, 4, `line ${index + 1} has four cells`)
  return [{ line: index + 1, attack: cells[0]!.slice(2), defence: cells[2]!, tests: cells[3]!.replace(/ \|$/, '') }]
})

function contents(link: string): string {
  return readFileSync(new URL(link, PAGE), 'utf8')
}

/** As it stands in a source, where quotes may be escaped. */
function occurs(words: string, source: string): boolean {
  return source.includes(words) || source.includes(words.replaceAll("'", "\\'"))
}

test('every row of the page has a test, and none says that anything is missing', () => {
  assert.ok(rows.length > 50, `${rows.length} rows`)
  for (const { line, attack, tests } of rows) {
    assert.match(tests, /\.ts\) "/, `line ${line}, ${attack}`)
    assert.doesNotMatch(lines[line - 1]!, GAP)
  }
})

test('every file named exists', () => {
  for (const [index, text] of lines.entries()) {
    for (const [, link] of text.matchAll(MENTION)) {
      if (link !== undefined) assert.ok(statSync(fileURLToPath(new URL(link, PAGE))).isFile(), `line ${index + 1}: ${link}`)
    }
  }
})

test('every test named stands in its file', () => {
  let quoted = 0
  for (const { line, tests } of rows) {
    let file: string | null = null
    for (const [, link, words] of tests.matchAll(MENTION)) {
      if (link !== undefined) file = link
      if (words === undefined) continue
      assert.ok(file !== null, `line ${line}: "${words}" comes after the file it is in`)
      assert.ok(occurs(words, contents(file)), `line ${line}: "${words}" is not in ${file}`)
      quoted++
    }
  }
  assert.ok(quoted > rows.length)
})

test('every limit named stands in its file', () => {
  let named = 0
  for (const { line, defence } of rows) {
    let file: string | null = null
    for (const [, link, , name] of defence.matchAll(MENTION)) {
      if (link !== undefined) file = link
      if (name === undefined || file === null) continue
      assert.ok(contents(file).includes(name), `line ${line}: ${name} is not in ${file}`)
      named++
    }
  }
  assert.ok(named > 30)
})
