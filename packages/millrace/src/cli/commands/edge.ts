// `millrace edge`: runs a workflow.

import { resolve } from 'node:path'
import { Command } from 'commander'
import { formatAddress, parseAddress } from '../../address.ts'
import { Edge } from '../../edge/edge.ts'
import { readWorkflow } from '../../workflow/read-workflow.ts'
import { formatters, printOption } from '../formats.ts'
import { type Host, print, reportTo, untilAborted } from '../host.ts'
import { type IdentityFlags, readIdentity, readTrust, type TrustFlags, withIdentity, withTrust } from '../identity.ts'
import { type PollingFlags, timingsOf, withPolling } from '../polling.ts'

interface Flags extends IdentityFlags, TrustFlags, PollingFlags {
  readonly config: string
  readonly listen?: string
  readonly print: string
}

const EXAMPLES = `
Examples:
  millrace edge -c workflow.yaml
  millrace edge -c workflow.yaml --print echo
  millrace edge -c workflow.yaml --cert chain.pem --key key.pem`

export function edgeCommand(host: Host): Command {
  const command = new Command('edge')
    .description('Run a workflow: take data in, drive it through the plugins, print what leaves the chain')
    .requiredOption('-c, --config <file>', 'the workflow')
    .option('--listen <host:port>', "listen there instead of at the workflow's host and port")
    .addOption(printOption('none'))
  return withPolling(withTrust(withIdentity(command)))
    .addHelpText('after', EXAMPLES)
    .action((flags: Flags) => runEdge(flags, host))
}

async function runEdge(flags: Flags, host: Host): Promise<void> {
  const started = performance.now()
  const report = reportTo(host)
  const given = await readWorkflow(flags.config, resolve(host.cwd, flags.config))
  const workflow = flags.listen === undefined ? given : { ...given, ...parseAddress(flags.listen, '--listen') }
  const identity = await readIdentity(flags, host.cwd)
  const format = formatters[flags.print]
  const edge = await Edge.listen(workflow, {
    ...(await readTrust(flags, host.cwd)),
    ...timingsOf(flags),
    identity,
    report,
    output: format === undefined ? undefined : ({ packet }) => print(host, format(packet, new Date())),
  })
  const millis = (performance.now() - started).toFixed(0)
  report(
    `edge '${workflow.name}' listens on UDP ${formatAddress(edge.address)}, certificate SHA-256 ${edge.fingerprint}, ready in ${millis} ms`,
  )
  await untilAborted(host.signal)
  await edge.close()
  const { accepted, delivered } = edge.stats
  report(`edge '${workflow.name}' drained: ${accepted} messages in, ${delivered} out`)
}
