// docs/performance.md: what stands between the two marks of a benchmark is written from its document.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchDocument, Row, Spread } from './harness/document.ts'

const PATH = join(import.meta.dirname, '../docs/performance.md')

export function writeTables(document: BenchDocument): void {
  writeFileSync(PATH, withTables(readFileSync(PATH, 'utf8'), document))
}

/** Throws when the page has no place for this benchmark. */
export function withTables(page: string, document: BenchDocument): string {
  const [begin, end] = [`<!-- begin ${document.bench} -->\n`, `<!-- end ${document.bench} -->`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no marks for ${document.bench}`)
  return page.slice(0, from + begin.length) + tables(document) + page.slice(to)
}

function tables({ machine, rows }: BenchDocument): string {
  const [leading, others] = [rows.filter((row) => row.leading), rows.filter((row) => !row.leading)]
  const more = others.length === 0 ? '' : `\n<details><summary>What that took</summary>\n\n${table(others)}\n</details>\n`
  return `\n${machine}.\n\n${table(leading)}${more}\n`
}

function table(rows: readonly Row[]): string {
  return ['| case | unit | Millrace | peer | its result | ratio |', '|---|---|---:|---|---:|---:|', ...rows.map(line), ''].join('\n')
}

function line({ case: name, unit, millrace, peer, peerVersion, peerResult, ratio }: Row): string {
  const version = peerVersion === null ? '' : ` ${peerVersion}`
  const result = peerResult === null ? 'not measured' : spread(peerResult)
  return `| ${name} | ${unit} | ${spread(millrace)} | ${peer}${version} | ${result} | ${ratio === null ? '' : `${ratio} x`} |`
}

function spread({ median, min, max }: Spread): string {
  return `${median} (${min} to ${max})`
}
