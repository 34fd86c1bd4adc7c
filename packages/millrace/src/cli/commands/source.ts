// `millrace source`: sends a file, or standard input, to an edge.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { type PrimitiveType, parseUserKey } from '@millrace/y3'
import { Command, InvalidArgumentError, Option } from 'commander'
import { MillraceError } from '../../error.ts'
import { connect } from '../../source/source.ts'
import { type Host, reportTo } from '../host.ts'
import { readTrust, type TrustFlags, withTrust } from '../identity.ts'
import { packetsOfLines, rawPackets } from '../messages.ts'

interface Flags extends TrustFlags {
  readonly tag: number
  readonly edge: string
  readonly raw?: boolean
  readonly type?: PrimitiveType
  readonly name: string
}

const TYPES: readonly PrimitiveType[] = ['string', 'bool', 'int32', 'uint32', 'int64', 'uint64', 'float32', 'float64']

const EXAMPLES = `
Examples:
  printf '{"value":"a"}\\n{"value":"b"}\\n' | millrace source - --tag 0x11 --edge localhost:4241
  millrace source readings.ndjson --tag 0x12 --type float32 --edge edge.example:4241
  millrace source packets.y3 --raw --tag 0x20 --edge localhost:4241`

export function sourceCommand(host: Host): Command {
  const command = new Command('source')
    .description('Send lines of JSON, or Y3 packets, to an edge')
    .argument('[file]', 'what to send; - is standard input', '-')
    .requiredOption('--tag <key>', 'the key that the values have, 0x10 to 0x3f', key)
    .requiredOption('--edge <host:port>', 'the edge')
    .option('--raw', 'the input is Y3 packets, root and all')
    .addOption(new Option('--type <type>', 'type of the values (default: text string, number float64, true and false bool)').choices(TYPES))
    .option('--name <name>', 'what the edge calls this source', 'millrace source')
  return withTrust(command)
    .addHelpText('after', EXAMPLES)
    .action((file: string, flags: Flags) => send(file, flags, host))
}

async function send(file: string, flags: Flags, host: Host): Promise<void> {
  const report = reportTo(host)
  const input = await open(file, host)
  const source = await connect(flags.edge, { ...(await readTrust(flags, host.cwd)), name: flags.name, report, signal: host.signal })
  const format = { file: file === '-' ? 'stdin' : file, tag: flags.tag, type: flags.type }
  try {
    for await (const packet of flags.raw ? rawPackets(input, format) : packetsOfLines(input, format))
      await source.writePacket(flags.tag, packet)
  } catch (error) {
    if (!host.signal.aborted) throw error
  } finally {
    // What was read before an error or Ctrl-C has been taken; it is confirmed before this ends.
    await source.end()
    report(`${source.stats.written} messages sent and confirmed`)
  }
}

async function open(file: string, host: Host): Promise<Readable> {
  if (file === '-') return addAbortSignal(host.signal, host.stdin)
  const path = resolve(host.cwd, file)
  const found = await stat(path).catch(() => null)
  if (!found?.isFile())
    throw new MillraceError('ERR_MILLRACE_OPTION', `${file}: there is no such file; give a file, or - for standard input`)
  return addAbortSignal(host.signal, createReadStream(path))
}

function key(text: string): number {
  try {
    return parseUserKey(text)
  } catch {
    throw new InvalidArgumentError('Give a key from 0x10 to 0x3f.')
  }
}
