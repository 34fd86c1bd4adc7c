// What the scenarios share: real plugins, edges and sources on 127.0.0.1, ephemeral ports, and ways to wait for things without waiting for time.

import { after } from 'node:test'
import { find, mold } from '@millrace/y3'
import {
  connect,
  Edge,
  type EdgeOptions,
  type Message,
  type Plugin,
  type RunningPlugin,
  run,
  type Source,
  type SourceOptions,
} from '../src/index.ts'
import type { WorkflowPlugin } from '../src/workflow/workflow.ts'

/** Everything that was collected, and promises of how much of it there is. */
export class Collected<T> {
  readonly items: T[] = []
  #waiting: { readonly isThere: (items: readonly T[]) => boolean; readonly resolve: () => void }[] = []

  add(item: T): void {
    this.items.push(item)
    this.#waiting = this.#waiting.filter(({ isThere, resolve }) => {
      if (!isThere(this.items)) return true
      resolve()
      return false
    })
  }

  /** Resolves when there are `count` items, to the items. */
  async count(count: number): Promise<readonly T[]> {
    await this.until((items) => items.length >= count)
    return this.items
  }

  until(isThere: (items: readonly T[]) => boolean): Promise<void> {
    if (isThere(this.items)) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ isThere, resolve }))
  }
}

/** Lines for people, collected instead of printed. */
export class Reports extends Collected<string> {
  readonly report = (line: string): void => this.add(line)

  /** Resolves when a line has come that the pattern matches. */
  said(pattern: RegExp): Promise<void> {
    return this.until((lines) => lines.some((line) => pattern.test(line)))
  }
}

export interface Setting {
  readonly edge: Edge
  readonly source: Source
  readonly output: Collected<Message>
  readonly reports: Reports
  readonly plugins: readonly RunningPlugin[]
}

export interface SettingOptions {
  /** Each listens and is dialled by the edge, in this order. */
  readonly plugins?: readonly Plugin[]
  /** Places in the workflow behind them, for plugins that dial in. */
  readonly places?: readonly WorkflowPlugin[]
  readonly edge?: EdgeOptions
  readonly source?: SourceOptions
}

/** Starts plugins, an edge and a source; all of them are stopped when the test file is through. */
export async function setUp({ plugins = [], places = [], edge: edgeOptions, source: sourceOptions }: SettingOptions): Promise<Setting> {
  const reports = new Reports()
  const { report } = reports
  const output = new Collected<Message>()
  const running = await Promise.all(plugins.map((plugin) => run(plugin, { listen: '127.0.0.1:0', report })))
  const dialled = running.map((one, index) => ({ name: plugins[index]!.name, host: '127.0.0.1', port: one.address!.port }))
  const workflow = { name: 'test', host: '127.0.0.1', port: 0, plugins: [...dialled, ...places] }
  const edge = await Edge.listen(workflow, { report, output: (message) => output.add(message), ...edgeOptions })
  const source = await connect(addressOf(edge), { report, ...sourceOptions })
  after(() => {
    source.destroy()
    edge.destroy()
    for (const one of running) one.destroy()
  })
  return { edge, source, output, reports, plugins: running }
}

/** What is given, stopped when the test file is through. */
export function stopAfter<T extends { close(): Promise<void> } | { destroy(): void }>(part: T): T {
  after(() => ('destroy' in part ? part.destroy() : part.close()))
  return part
}

export function addressOf(edge: Edge): string {
  return `127.0.0.1:${edge.address.port}`
}

const text = mold('string')

/** The text under a key of each message; null where it is not. */
export function texts(messages: readonly Message[], key = 0x11): (string | null)[] {
  return messages.map(({ packet }) => {
    const found = find(packet, key)
    return found === null ? null : text.decode(found)
  })
}

/** Texts `0` to `count - 1`, with what `change` makes of them. */
export function numbered(count: number, change: (text: string) => string = (same) => same): string[] {
  return Array.from({ length: count }, (_, index) => change(String(index)))
}
