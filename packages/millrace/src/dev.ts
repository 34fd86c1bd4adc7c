// A plugin tried out in one process: it listens, an edge of its own dials it, demo data flows through, and what comes out is shown. All of it
// over real QUIC, so that what works here works apart.

import { setTimeout as sleep } from 'node:timers/promises'
import { formatAddress } from './address.ts'
import { ECHO_NAME_KEY, echoPacket, THERMOMETER_KEY, thermometerPacket } from './demo/data.ts'
import { Edge } from './edge/edge.ts'
import type { Consumer } from './edge/output.ts'
import type { Plugin } from './plugin/define.ts'
import { type Formatter, outputPacketPrinter, outputThermometerData } from './plugin/formatters.ts'
import { type RunningPlugin, run } from './plugin/run.ts'
import { type Report, reportToStderr } from './report.ts'
import { connect, type Source } from './source/source.ts'

/** How a plugin is tried out. */
export interface RunDevOptions {
  /** Aborted: drains and stops. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds between two demo messages. Default 1000. */
  readonly intervalMillis?: number | undefined
  /** How many demo messages to send before it drains and stops. Default: no end. */
  readonly messages?: number | undefined
  /** Takes the formatter's text. Default: standard output, with a line end. */
  readonly write?: ((text: string) => void) | undefined
  /** Takes lines for people. Default: standard error. */
  readonly report?: Report | undefined
}

/** A plugin that is being tried out. */
export interface Development extends AsyncDisposable {
  /** The plugin under trial, with its counts. */
  readonly plugin: RunningPlugin
  /** Resolves when everything has stopped. */
  readonly closed: Promise<void>
  /** Drains and stops. */
  close(): Promise<void>
}

/** As {@link runDevWith}, and shows packets as trees. */
export function runDev(plugin: Plugin, address?: string, options?: RunDevOptions): Promise<Development> {
  return runDevWith(plugin, address, outputPacketPrinter, options)
}

/**
 * Runs a plugin at `address` (default localhost:4241), sends it demo data through an edge, and writes what comes out as `formatter` has it.
 * Resolves when all is running. Rejects with ERR_MILLRACE_LISTEN. The data is YoMo's echo set, or the thermometer set for its formatter.
 */
export async function runDevWith(
  plugin: Plugin,
  address = 'localhost:4241',
  formatter: Formatter = outputPacketPrinter,
  options: RunDevOptions = {},
): Promise<Development> {
  const report = options.report ?? reportToStderr
  const write = options.write ?? ((text) => void process.stdout.write(`${text}\n`))
  const running = await run(plugin, { listen: address, report })
  const { edge, source } = await surround(running, plugin.name, report, ({ packet }) => write(formatter(packet, new Date()))).catch(
    (error) => {
      running.destroy()
      throw error
    },
  )
  const stopping = new AbortController()
  const feeding =
    formatter === outputThermometerData
      ? feed(source, THERMOMETER_KEY, thermometerPacket, options, stopping.signal)
      : feed(source, ECHO_NAME_KEY, echoPacket, options, stopping.signal)
  const closed = feeding.then(async () => {
    await source.end()
    await edge.close()
    await running.close()
  })
  const close = (): Promise<void> => {
    stopping.abort()
    return closed
  }
  options.signal?.addEventListener('abort', close, { once: true })
  return { plugin: running, closed, close, [Symbol.asyncDispose]: close }
}

/** An edge around the plugin, and a source for it. */
async function surround(running: RunningPlugin, name: string, report: Report, output: Consumer): Promise<{ edge: Edge; source: Source }> {
  const plugins = [{ name, ...running.address }]
  const edge = await Edge.listen({ name: 'development', host: '127.0.0.1', port: 0, plugins }, { report, output })
  try {
    return { edge, source: await connect(formatAddress(edge.address), { name: 'demo', report }) }
  } catch (error) {
    edge.destroy()
    throw error
  }
}

async function feed(
  source: Source,
  tag: number,
  packet: (index: number) => Uint8Array,
  options: RunDevOptions,
  signal: AbortSignal,
): Promise<void> {
  const last = options.messages ?? Number.POSITIVE_INFINITY
  for (let index = 1; index <= last && !signal.aborted; index++) {
    await source.writePacket(tag, packet(index))
    if (index < last) await sleep(options.intervalMillis ?? 1000, undefined, { signal }).catch(() => undefined)
  }
}
