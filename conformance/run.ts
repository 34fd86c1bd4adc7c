// Writes the page on conformance: `npm run conformance [-- --check]`. With `--check` nothing is written; exits 1 where the page is not what would be.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answers, tally } from './answers.ts'
import { PAGE, page } from './page.ts'
import { RFCS } from './statements.ts'

const path = join(import.meta.dirname, '..', PAGE)
const text = page()

if (process.argv.includes('--check')) {
  if (readFileSync(path, 'utf8') !== text) {
    console.error(`${PAGE} is not what the tables say; run \`npm run conformance\``)
    process.exitCode = 1
  }
} else writeFileSync(path, text)

for (const rfc of RFCS) {
  const { tested, open, ...others } = tally(answers(rfc))
  const elsewhere = Object.values(others).reduce((sum, count) => sum + count, 0)
  console.log(`RFC ${rfc}: ${tested} statements tested, ${elsewhere} not ours to test, ${open} open`)
}
