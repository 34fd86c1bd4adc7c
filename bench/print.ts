// The table for people. Beside each ratio stand the figures that it comes from: none is quoted alone.
import type { BenchDocument, Row, Spread } from './harness/document.ts'

export function printed({ bench, machine, rows }: BenchDocument): string {
  const cases = Map.groupBy(rows, (row) => row.case)
  const blocks = [...cases].map(([name, list]) => block(name, list))
  return [`${bench}; ratio: Millrace's median by the peer's`, ...blocks, machine].join('\n')
}

function block(name: string, rows: readonly Row[]): string {
  const [first] = rows as [Row]
  const lines = rows.map(({ peer, peerVersion, peerResult, ratio }) => {
    const result = peerResult === null ? 'missing, failed, or not measured' : spread(peerResult)
    return `  ${`${peer} ${peerVersion ?? ''}`.padEnd(38)} ${result}  ${ratio === null ? '' : `${ratio} x`}`
  })
  return [`${name}, ${first.unit}`, `  ${'millrace'.padEnd(38)} ${spread(first.millrace)}`, ...lines].join('\n')
}

function spread({ median, min, max }: Spread): string {
  return `${`${median}`.padStart(9)}  ${`${min} to ${max}`.padStart(20)}`
}
