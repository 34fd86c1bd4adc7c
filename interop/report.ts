// Results for people: a line a row while they come, then the matrix.
import { cases } from './cases.ts'
import type { Row, Timed } from './row.ts'

const ROLE = { client: 'Millrace is client', server: 'Millrace is server', none: 'peer with itself' } as const
const WORD = { pass: 'pass', fail: 'FAIL', unsupported: '-' } as const

export function printRow({ row, seconds, folder }: Timed, surprise: string | null): void {
  console.log(
    `${WORD[row.result].padEnd(4)}  ${row.peer.padEnd(8)} ${row.case.padEnd(20)} ${ROLE[row.role].padEnd(18)} ${seconds.toFixed(2).padStart(6)} s`,
  )
  if (row.reason !== null) console.log(`      ${row.reason}${folder !== null ? `; logs in ${folder}` : ''}`)
  if (surprise !== null && row.result === 'pass') console.log(`      ${surprise}`)
}

/** The matrix in Markdown: a row a case, in the order of `names`, a column a peer and role, and the reasons below. */
export function matrix(rows: readonly Row[], names: readonly string[] = Object.keys(cases)): string {
  const columns = [...new Set(rows.map(({ peer, role }) => `${peer} ${role}`))]
  const notes: string[] = []
  const cell = (row: Row | undefined): string => {
    if (row === undefined) return ''
    if (row.reason === null) return row.result
    const note = `${row.result}: ${row.reason}`
    const at = notes.indexOf(note)
    return `${row.result} [${at === -1 ? notes.push(note) : at + 1}]`
  }
  const lines = names
    .filter((name) => rows.some((row) => row.case === name))
    .map((name) => [name, ...columns.map((column) => cell(rows.find((row) => row.case === name && `${row.peer} ${row.role}` === column)))])
  const table = aligned([['case', ...columns.map((column) => heading(column, rows))], ...lines])
  return [...table, '', ...notes.map((note, index) => `${index + 1}. ${note}`)].join('\n')
}

export function summary(rows: readonly Row[], surprises: number): string {
  const count = (result: Row['result']): number => rows.filter((row) => row.result === result).length
  return `interop: ${count('pass')} passed, ${count('fail')} failed, ${count('unsupported')} unsupported; ${surprises} not as interop/expected.ts says`
}

function heading(column: string, rows: readonly Row[]): string {
  const { peer, peerVersion, role } = rows.find((row) => `${row.peer} ${row.role}` === column)!
  return `${peer} ${peerVersion}, ${{ client: 'we client', server: 'we server', none: 'with itself' }[role]}`
}

function aligned([head = [], ...lines]: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column]!.length)))
  const format = (line: readonly string[]): string => `| ${line.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`
  return [format(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...lines.map(format)]
}
