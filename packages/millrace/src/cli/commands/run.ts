// `millrace run`: puts the plugin in a file to work.

import { Command } from 'commander'
import { MillraceError } from '../../error.ts'
import { run } from '../../plugin/run.ts'
import { type Host, reportTo, untilAborted } from '../host.ts'
import { type IdentityFlags, readIdentity, readTrust, type TrustFlags, withIdentity, withTrust } from '../identity.ts'
import { loadPlugin } from '../load-plugin.ts'
import { type PollingFlags, timingsOf, withPolling } from '../polling.ts'

interface Flags extends IdentityFlags, TrustFlags, PollingFlags {
  readonly edge?: string
  readonly listen?: string
}

const EXAMPLES = `
Examples:
  millrace run plugin.ts --edge localhost:4241      the plugin dials the edge
  millrace run plugin.ts --listen 0.0.0.0:4242      the edge dials the plugin, at the port that the workflow has for it`

export function runCommand(host: Host): Command {
  const command = new Command('run')
    .description('Put a plugin to work for an edge')
    .argument('<plugin>', 'a file that exports a plugin')
    .option('--edge <host:port>', 'dial the edge there')
    .option('--listen <host:port>', 'listen there for edges')
  return withPolling(withTrust(withIdentity(command)))
    .addHelpText('after', EXAMPLES)
    .action((file: string, flags: Flags) => runPlugin(file, flags, host))
}

async function runPlugin(file: string, flags: Flags, host: Host): Promise<void> {
  const { edge, listen } = flags
  if ((edge === undefined) === (listen === undefined)) {
    throw new MillraceError('ERR_MILLRACE_OPTION', 'give either --edge host:port, to dial an edge, or --listen host:port, to be dialled')
  }
  const plugin = await loadPlugin(file, host.cwd)
  const identity = await readIdentity(flags, host.cwd)
  const running = await run(plugin, {
    ...(await readTrust(flags, host.cwd)),
    ...timingsOf(flags),
    edge,
    listen,
    identity,
    report: reportTo(host),
    signal: host.signal,
  })
  await Promise.race([running.closed, untilAborted(host.signal)])
  await running.close()
  const { handled, passed, dropped, failed } = running.stats
  reportTo(host)(`plugin '${plugin.name}' drained: ${handled} handled, ${passed} passed, ${dropped} dropped, ${failed} failed`)
}
