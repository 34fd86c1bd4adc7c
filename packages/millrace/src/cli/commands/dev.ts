// `millrace dev`: tries a plugin out with demo data.

import { Command } from 'commander'
import { runDevWith } from '../../dev.ts'
import { formatters, printOption } from '../formats.ts'
import { type Host, print, reportTo } from '../host.ts'
import { loadPlugin } from '../load-plugin.ts'
import { wholeNumber } from '../numbers.ts'

interface Flags {
  readonly listen: string
  readonly print: string
  readonly interval: number
  readonly messages?: number
}

const EXAMPLES = `
Examples:
  millrace dev plugin.ts
  millrace dev plugin.ts --print echo --interval 100 --messages 5`

export function devCommand(host: Host): Command {
  return new Command('dev')
    .description('Try a plugin out: demo data goes through it over QUIC, what comes out is printed')
    .argument('<plugin>', 'a file that exports a plugin')
    .option('--listen <host:port>', 'where the plugin listens meanwhile', 'localhost:4241')
    .addOption(printOption())
    .option('--interval <ms>', 'milliseconds between two messages', wholeNumber, 1000)
    .option('--messages <count>', 'stop after so many', wholeNumber)
    .addHelpText('after', EXAMPLES)
    .action((file: string, flags: Flags) => runDevelopment(file, flags, host))
}

async function runDevelopment(file: string, flags: Flags, host: Host): Promise<void> {
  const plugin = await loadPlugin(file, host.cwd)
  const development = await runDevWith(plugin, flags.listen, formatters[flags.print]!, {
    signal: host.signal,
    intervalMillis: flags.interval,
    messages: flags.messages,
    write: (text) => void print(host, text),
    report: reportTo(host),
  })
  await development.closed
}
