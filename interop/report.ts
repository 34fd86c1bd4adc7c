// Results for people.
import type { Result } from './run-case.ts'

const ROLE = { client: 'Millrace is client', server: 'Millrace is server', none: 'peer with itself' } as const

export function printResult({ peer, case: name, role, passed, failure, seconds, folder }: Result): void {
  console.log(`${passed ? 'pass' : 'FAIL'}  ${peer}  ${name.padEnd(13)} ${ROLE[role].padEnd(18)} ${seconds.toFixed(2)} s`)
  if (!passed) console.log(`      ${failure}; logs in ${folder}`)
}

export function printSummary(results: readonly Result[]): void {
  const failed = results.filter(({ passed }) => !passed).length
  console.log(`interop: ${results.length - failed} passed, ${failed} failed`)
}
