// The command line of programs that fetch files: what their users say, and how they end.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { SessionOptions } from '@millrace/quic'

/** What a user said. */
export interface Wishes {
  /** The folder to save into. */
  readonly download: string
  /** The name that the certificate must bear. */
  readonly servername: string | undefined
  /** What the interop runner calls a test case. */
  readonly behaviour: string
  /** Whom to trust, and as whom. */
  readonly trust: Partial<SessionOptions>
}

/** Runs a program. Its exit code is 2 where no URL was said, 1 where `fetchAll` failed. `behaviours`: whether it has any but the default, `transfer`. */
export async function runFetcher(
  usage: string,
  fetchAll: (urls: readonly URL[], wishes: Wishes) => Promise<void>,
  { behaviours = false }: { readonly behaviours?: boolean } = {},
): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...(behaviours && { behaviour: { type: 'string' } as const }),
      ca: { type: 'string' },
      servername: { type: 'string' },
      insecure: { type: 'boolean', default: false },
      download: { type: 'string', default: '.' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help || positionals.length === 0) {
    console.log(usage)
    process.exitCode = values.help ? 0 : 2
    return
  }
  const { servername, download, insecure, ca } = values
  const trust = {
    rejectUnauthorized: !insecure,
    ...(servername !== undefined && { servername }),
    ...(ca !== undefined && { ca: readFileSync(ca, 'utf8') }),
  }
  try {
    const behaviour = String(values.behaviour ?? 'transfer')
    await fetchAll(
      positionals.map((text) => new URL(text)),
      { download, servername, behaviour, trust },
    )
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  }
}
