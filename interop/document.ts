// docs/interop.md: the last matrix.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cases } from './cases.ts'
import { matrix } from './report.ts'
import type { Row } from './row.ts'

const FILE = join(import.meta.dirname, '../docs/interop.md')

export function writeDocument(rows: readonly Row[], now: Date = new Date()): void {
  writeFileSync(
    FILE,
    `# Interoperability

Written by \`npm run interop -- --peer ${[...new Set(rows.map(({ peer }) => peer))].join(',')} --write\` on ${now.toISOString().slice(0, 10)}. The cases are
those of the public interop runner; a relay of ours stands in for its network, and a judge of ours reads the decrypted trace
(\`interop/trace\`, which shares no code with Millrace).

${matrix(rows)}

## Cases

${Object.values(cases)
  .map(({ name, what }) => `- **${name}**: ${what}.`)
  .join('\n')}
`,
  )
}
