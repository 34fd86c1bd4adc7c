// Lets Millrace talk to QUIC programs that we did not write, in both roles, and judges by the bytes that arrive.
// `npm run interop -- --help` tells the rest. Exits 0 when every run passed, 1 when one did not, 2 for a mistake in the arguments.
import { cases } from './cases.ts'
import { dissectorMissing } from './dissect.ts'
import { implementations } from './implementations/index.ts'
import { type Options, parseOptions, UsageError, usage } from './options.ts'
import { printResult, printSummary } from './report.ts'
import { type Result, runCase } from './run-case.ts'

/** Who plays which part, by the role that is Millrace's. */
const PAIRINGS = {
  client: (peer: string) => ({ client: 'millrace', server: peer }),
  server: (peer: string) => ({ client: peer, server: 'millrace' }),
  none: (peer: string) => ({ client: peer, server: peer }),
} as const

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args)
    if (options !== null) return await runAll(options)
    console.log(usage())
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`interop: ${error.message}`)
    return 2
  }
}

async function runAll(options: Options): Promise<number> {
  const absent = options.peers.flatMap((peer) => implementations[peer]?.missing() ?? [])
  if (options.capture) absent.push(...[await dissectorMissing()].filter((sentence) => sentence !== null))
  for (const sentence of absent) console.error(`interop: ${sentence}`)
  if (absent.length > 0) return 1

  const results: Result[] = []
  for (const peer of options.peers) {
    for (const name of options.cases) {
      for (const role of options.roles) {
        const { client, server } = PAIRINGS[role](peer)
        const result = await runCase(
          { peer, role, case: cases[name]!, client: implementations[client]!, server: implementations[server]! },
          options,
        )
        results.push(result)
        if (!options.json) printResult(result)
      }
    }
  }
  if (options.json) console.log(JSON.stringify(results, null, 2))
  else printSummary(results)
  return results.every(({ passed }) => passed) ? 0 : 1
}
