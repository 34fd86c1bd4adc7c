// The lines that a Node program under measurement says and hears. README.md of the folder above has all of them.
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface ClientOptions {
  readonly workload: string
  readonly port: number
  /** Path of a PEM file. */
  readonly ca: string
  readonly mode: string
  /** Of everything that the workloads count. */
  readonly numbers: Readonly<Record<(typeof NUMBERS)[number], number>>
  readonly kind: string
}

const NUMBERS = ['bytes', 'streams', 'count', 'inflight', 'size', 'rate'] as const

/** How often it is looked whether the last connection has gone, milliseconds. */
const POLL_MILLIS = 1

const string = { type: 'string', default: '' } as const

export function clientOptions(): ClientOptions {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { port: string, ca: string, mode: string, kind: string, ...namesTo(NUMBERS, string) },
  })
  return {
    workload: positionals[0] ?? '',
    port: Number(values.port),
    ca: values.ca,
    mode: values.mode,
    kind: values.kind,
    numbers: namesTo(NUMBERS, (name) => Number(values[name])),
  }
}

export function serverOptions(): { cert: string; key: string; mode: string } {
  return parseArgs({ options: { cert: string, key: string, mode: string } }).values
}

/** Does one part of the workload each time that it is told to go; the first is getting ready. `pid` is of who does the work, 0 when nobody can tell. Ends with stdin. */
export async function runParts(
  parts: AsyncGenerator<Readonly<Record<string, number>>, void, void>,
  pid: number = process.pid,
): Promise<never> {
  await parts.next()
  console.log(`ready ${pid}`)
  for await (const _go of createInterface({ input: process.stdin })) {
    const { value } = await parts.next()
    console.log(`result ${JSON.stringify(value ?? {})}`)
  }
  process.exit(0)
}

/** Serves until stdin ends. `live` tells how many connections there are. */
export async function serveLines(port: number, live: () => number): Promise<never> {
  console.log(`listening ${port} ${process.pid}`)
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'settle') await settle()
    else if (line === 'empty') await untilEmpty(live)
    console.log(`${line} done`)
  }
  process.exit(0)
}

/**
 * So that memory is what is held, not what was not yet collected, nor the young generation that V8 keeps for the next burst: it gives that back by itself once
 * a program has rested for half a minute, and here at once, as other contenders' runtimes do.
 */
async function settle(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: object) => void
  for (let turn = 0; turn < 3; turn++) {
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    await new Promise(setImmediate)
  }
}

async function untilEmpty(live: () => number): Promise<void> {
  while (live() > 0) await delay(POLL_MILLIS)
}

function namesTo<N extends string, T>(names: readonly N[], value: T | ((name: N) => T)): Record<N, T> {
  return Object.fromEntries(names.map((name) => [name, value instanceof Function ? value(name) : value])) as Record<N, T>
}
