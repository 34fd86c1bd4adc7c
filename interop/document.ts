// docs/interop.md: the last matrices. Each suite writes its own part, and leaves the others'.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cases } from './cases.ts'
import { matrix } from './report.ts'
import type { Row } from './row.ts'

const FILE = join(import.meta.dirname, '../docs/interop.md')

/** What stands between the two parts. */
const WEBTRANSPORT = '\n## WebTransport\n'

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
${parts().webTransport}`,
  )
}

/** `names`: of the cases, in their order. */
export function writeWebTransport(rows: readonly Row[], names: readonly string[], now: Date = new Date()): void {
  writeFileSync(
    FILE,
    `${parts().transport}${WEBTRANSPORT}
Written by \`npm run interop -- --suite webtransport --peer ${[...new Set(rows.map(({ peer }) => peer))].join(',')} --write\` on ${now.toISOString().slice(0, 10)}. The cases are those of
the public interop runner: who receives asks for files, and compares them by their digests; who sends is asked for them.

${matrix(rows, names).trimEnd()}
`,
  )
}

function parts(): { readonly transport: string; readonly webTransport: string } {
  const text = readFileSync(FILE, 'utf8')
  const at = text.indexOf(WEBTRANSPORT)
  return at === -1 ? { transport: text, webTransport: '' } : { transport: text.slice(0, at), webTransport: text.slice(at) }
}
