// Writes `docs/conformance.md`.
import { type Answer, answers, tally } from './answers.ts'
import { type Cover, isReason, WHY, type Why } from './coverage.ts'
import { RFCS, type Rfc } from './statements.ts'

/** From the root of the repository. */
export const PAGE = 'docs/conformance.md'

const TITLES: Readonly<Record<Rfc, string>> = {
  '9000': 'QUIC: a UDP-based multiplexed and secure transport',
  '9001': 'Using TLS to secure QUIC',
  '9002': 'QUIC loss detection and congestion control',
}

const HEAD = `# Conformance

What RFC 9000, 9001 and 9002 require of an endpoint, and what shows that Millrace does it. Each sentence of theirs with MUST, MUST NOT, SHALL or REQUIRED
stands here in its own words, with the tests that cover it or the reason why none does. What is asked of IANA is left out.

This page is generated: \`npm run conformance\` writes it from the tables in [conformance/](../conformance/README.md), and a test holds that every test
named here exists.`

/** The whole page. */
export function page(): string {
  const parts = RFCS.map((rfc) => ({ rfc, list: answers(rfc) }))
  return `${[HEAD, summary(parts), ...parts.map(({ rfc, list }) => chapter(rfc, list))].join('\n\n')}\n`
}

function summary(parts: readonly { readonly rfc: Rfc; readonly list: readonly Answer[] }[]): string {
  const tallies = parts.map(({ list }) => tally(list))
  const row = (title: string, key: 'tested' | Why): string => `| ${[title, ...tallies.map((counts) => counts[key])].join(' | ')} |`
  return [
    `| statements | ${parts.map(({ rfc }) => `[RFC ${rfc}](#rfc-${rfc})`).join(' | ')} |`,
    `|---|${'---:|'.repeat(parts.length)}`,
    row('covered by tests', 'tested'),
    ...(Object.keys(WHY) as Why[]).map((why) => row(WHY[why], why)),
  ].join('\n')
}

function chapter(rfc: Rfc, list: readonly Answer[]): string {
  const sections = Map.groupBy(list, ({ statement }) => statement.section)
  const head = `## RFC ${rfc}\n\n${TITLES[rfc]}: <https://www.rfc-editor.org/rfc/rfc${rfc}>.`
  return [head, ...[...sections.values()].map(section)].join('\n\n')
}

function section(list: readonly Answer[]): string {
  const { section, title } = list[0]!.statement
  const rows = list.map(({ statement, cover }) => `| ${cell(statement.text)} | ${covered(cover)} |`)
  return [`### ${section} ${title}`, '', '| the RFC says | covered by |', '|---|---|', ...rows].join('\n')
}

function covered(cover: Cover): string {
  if (isReason(cover)) return `${WHY[cover.why]}: ${cell(cover.text)}`
  const files = Map.groupBy(cover, ({ file }) => file)
  return [...files]
    .map(([file, tests]) => `[${file.replace(/^packages\//, '')}](../${file}) ${tests.map(({ name }) => `"${cell(name)}"`).join(', ')}`)
    .join('; ')
}

/** Text that ends no cell and begins no markup. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('*', '\\*')
}
