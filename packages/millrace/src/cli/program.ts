// The command line: which commands there are, and how their mistakes are told. No command ends the process; this gives back the exit code.

import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { devCommand } from './commands/dev.ts'
import { edgeCommand } from './commands/edge.ts'
import { getCommand } from './commands/get.ts'
import { initCommand } from './commands/init.ts'
import { runCommand } from './commands/run.ts'
import { serveCommand } from './commands/serve.ts'
import { sourceCommand } from './commands/source.ts'
import { exitCodeOf, exitCodes } from './exit.ts'
import { type Host, reportTo } from './host.ts'

const EXAMPLES = `
Examples:
  millrace init my-edge                                     a project that runs
  millrace dev plugin.ts --print echo                       a plugin with demo data
  millrace edge -c workflow.yaml                            an edge
  millrace run plugin.ts --edge localhost:4241              a plugin for it
  millrace source data.ndjson --tag 0x11 --edge localhost:4241
  millrace serve public                                     a directory over HTTP/3
  millrace get https://example.com/                         a page by HTTP/3

Exit codes: 0 done, 1 failed while running, 2 usage or configuration, 3 cannot listen.`

/** Runs one command line, without the program's name in it. Resolves to the exit code; never rejects. */
export async function runProgram(args: readonly string[], host: Host): Promise<number> {
  try {
    await program(host).parseAsync(args, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    // Commander has written its own sentence; asking for help or the version is no mistake.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    reportTo(host)(error instanceof Error ? error.message : String(error))
    return exitCodeOf(error)
  }
}

function program(host: Host): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  const root = new Command('millrace')
    .description('Streams device data over QUIC through a chain of plugins')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', EXAMPLES)
  const commands = [
    edgeCommand(host),
    runCommand(host),
    devCommand(host),
    sourceCommand(host),
    serveCommand(host),
    getCommand(host),
    initCommand(host, version),
  ]
  for (const command of commands) root.addCommand(command)
  for (const command of [root, ...commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => void host.stdout.write(text),
      writeErr: (text) => void host.stderr.write(text),
      outputError: (text) => reportTo(host)(oneLine(text)),
    })
  }
  return root
}

function oneLine(text: string): string {
  return `${text
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')}; see millrace --help`
}
