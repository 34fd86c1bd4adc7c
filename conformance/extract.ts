// Takes the statements out of an RFC's Markdown source, once: `node -C source conformance/extract.ts <folder with rfc9000.md, rfc9001.md, rfc9002.md>`.
//
// The sources are those of github.com/quicwg/base-drafts. A statement is a sentence with one of BCP 14's words for what is required; one that ends in a
// colon takes its list along. What comes out is kept in `statements/`, so that whoever reads, checks or changes the table needs no RFC.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RFCS, type Rfc, type Statement, statementsPath } from './statements.ts'

/** What BCP 14 knows for an absolute requirement. */
const REQUIRED = /\b(?:MUST|SHALL|REQUIRED)\b/

/** The paragraph that only says what those words mean. */
const BOILERPLATE = /^The key words "MUST"/

/** A chapter that asks nothing of an endpoint. */
const FOR_OTHERS = 'IANA Considerations'

/** Cuts text into sentences; "i.e." and "e.g." end none. */
const SENTENCE_END = /(?<!\b(?:i\.e|e\.g)\.)(?<=[.!?][)"]?)\s+(?=[A-Z"(])/

interface Heading {
  /** `4.1`, or `A.3` in an appendix. */
  readonly number: string
  readonly title: string
  readonly anchor: string
}

/** A paragraph, or an item of the list under the paragraph before it. */
interface Block {
  readonly section: Heading
  /** The title of the section of the first order. */
  readonly chapter: string
  readonly text: string
  readonly isItem: boolean
}

export function extract(rfc: Rfc, source: string): Statement[] {
  const { headings, blocks } = read(body(source))
  const numbers = new Map(headings.map(({ anchor, number }) => [anchor, number]))
  const counts = new Map<string, number>()
  return blocks.flatMap((block, index) =>
    sentences(block, index, blocks)
      .filter((text) => REQUIRED.test(text) && !BOILERPLATE.test(text) && block.chapter !== FOR_OTHERS)
      .map((text) => {
        const { number, title } = block.section
        const count = (counts.get(number) ?? 0) + 1
        counts.set(number, count)
        return { id: `${rfc}-${number}-${count}`, section: number, title, text: plain(text, numbers) }
      }),
  )
}

/** What follows the front matter, without figures, tables and their captions. */
function body(source: string): string {
  const text = source.slice(source.indexOf('\n--- middle\n') + 12)
  return text.replace(/^~~~[\s\S]*?^~~~.*$/gm, '').replace(/^(?:\||\{:).*$/gm, '')
}

function read(text: string): { headings: Heading[]; blocks: Block[] } {
  const headings: Heading[] = []
  const blocks: Block[] = []
  const counters: number[] = []
  let isBack = false
  let chapter = ''
  for (const paragraph of text.split(/\n\s*\n/).flatMap(apart)) {
    const heading = /^(?<hashes>#+) (?<title>.*?) *(?:\{#(?<anchor>[^}]+)\})?$/.exec(paragraph.trim())?.groups
    if (paragraph.trim() === '--- back') {
      isBack = true
      counters.length = 0
    } else if (heading !== undefined) {
      const { hashes = '', title = '', anchor = title.toLowerCase().replaceAll(' ', '-') } = heading
      counters[hashes.length - 1] = (counters[hashes.length - 1] ?? 0) + 1
      counters.length = hashes.length
      if (hashes.length === 1) chapter = title
      headings.push({ number: sectionNumber(counters, isBack), title, anchor })
    } else if (paragraph.trim() !== '' && headings.length > 0) {
      blocks.push({ section: headings.at(-1)!, chapter, text: paragraph.replace(/\s+/g, ' ').trim(), isItem: ITEM.test(paragraph) })
    }
  }
  return { headings, blocks }
}

/** Appendices have letters: B.3. */
function sectionNumber(counters: readonly number[], isBack: boolean): string {
  return counters.map((count, depth) => (isBack && depth === 0 ? String.fromCharCode(64 + count) : count)).join('.')
}

const ITEM = /^ *(?:[*+-]|\d+\.|:) /
/** An item of a list that is one sentence. */
const ITEM_END = /(?<=\w)([.:])?[,;](?: and| or)$/

/** Headings and list items stand alone, whether or not a blank line parts them from what is before them. */
function apart(paragraph: string): string[] {
  return paragraph.split(/\n(?=#| *(?:[*+-]|\d+\.) )|(?<=^#.*)\n/m)
}

function sentences(block: Block, index: number, blocks: readonly Block[]): string[] {
  const list = block.text.replace(ITEM, '').replace(ITEM_END, '$1').split(SENTENCE_END)
  if (!block.text.endsWith(':') || !REQUIRED.test(list.at(-1)!)) return list
  const end = blocks.findIndex((other, i) => i > index && !other.isItem)
  const items = blocks
    .slice(index + 1, end === -1 ? undefined : end)
    .map(({ text }) => text.replace(ITEM, '').replace(/[.,;]?(?: and| or)?$/, ''))
  return [...list.slice(0, -1), [list.at(-1), items.join('; ')].join(' ').trim()]
}

/** References as readers know them, and no markup. */
function plain(text: string, numbers: ReadonlyMap<string, string>): string {
  return text
    .replace(/\{\{(?<target>[^}]+)\}\}/g, (_, target: string) => {
      const name = target
        .replace(/^[?!<]/, '')
        .replace(/^([A-Z][.\d]*)<.*/, '$1')
        .split('=')
        .at(-1)!
      const number = numbers.get(name)
      return number === undefined ? name : target.startsWith('<') ? number : `Section ${number}`
    })
    .replace(/`|\\(?=\[)/g, '')
    .replace(/<sup>(\d+)<\/sup>/g, '^$1')
    .replace(/(?<!\w)_(\w[^_]*)_/g, '$1')
}

if (process.argv[1] === import.meta.filename) {
  const folder = process.argv[2]
  if (folder === undefined) throw new Error('the folder with rfc9000.md, rfc9001.md and rfc9002.md is to be named')
  for (const rfc of RFCS) {
    const statements = extract(rfc, readFileSync(join(folder, `rfc${rfc}.md`), 'utf8'))
    writeFileSync(statementsPath(rfc), `${JSON.stringify(statements, null, 2)}\n`)
    console.log(`RFC ${rfc}: ${statements.length} statements`)
  }
}
