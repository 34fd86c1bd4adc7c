// `npm start`: an edge, the echo plugin and a simulated device, in a process each, talking QUIC over UDP on 127.0.0.1. What leaves the chain is on
// standard output. Ctrl-C stops them in the order in which data flows, so that nothing is lost. `--messages N` stops after N, `--port P` takes
// another port than 4241.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const MILLRACE = path('../../packages/millrace/bin/millrace.js')

interface Arguments {
  /** How many messages to send; without end when undefined. */
  readonly messages: string | undefined
  readonly port: string
}

/** A process of ours. */
interface Part {
  readonly name: string
  readonly child: ChildProcess
  /** Resolves to how it ended: an exit code, or the name of a signal. */
  readonly ended: Promise<number | string>
}

process.exitCode = await start(readArguments())

async function start({ messages, port }: Arguments): Promise<number> {
  const started = performance.now()
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve('interrupted'))
  })
  const address = `127.0.0.1:${port}`
  const edge = begin('edge', MILLRACE, 'edge', '-c', path('workflow.yaml'), '--listen', address, '--print', 'echo')
  const refused = await Promise.race([listening(edge), edge.ended])
  if (refused !== undefined) return Number(refused) || 1
  const plugin = begin('plugin', MILLRACE, 'run', path('plugin.ts'), '--edge', address)
  const source = begin('source', path('source.ts'), address, ...(messages === undefined ? [] : [messages]))
  say(`edge, plugin and source started in ${(performance.now() - started).toFixed(0)} ms`)

  const parts = [source, edge, plugin]
  const first = await Promise.race([interrupted, ...parts.map((part) => part.ended.then((how) => ({ part, how })))])
  const isDone = first === 'interrupted' || (first.part === source && first.how === 0)
  if (!isDone) {
    // The rest would wait for its return, as it should anywhere else.
    say(`${first.part.name} died (${first.how}); stopping the rest`)
    for (const { child } of parts) child.kill('SIGKILL')
    return 1
  }
  // The second Ctrl-C is meant: it goes to whoever is still there.
  process.on('SIGINT', () => void parts.map(({ child }) => child.kill('SIGINT')))
  let isClean = true
  for (const { child, ended } of parts) {
    if (child.exitCode === null) child.kill('SIGINT')
    if ((await ended) !== 0) isClean = false
  }
  return isClean ? 0 : 1
}

function readArguments(): Arguments {
  try {
    const { messages, port } = parseArgs({ options: { messages: { type: 'string' }, port: { type: 'string', default: '4241' } } }).values
    for (const [name, text] of Object.entries({ messages, port })) {
      if (text !== undefined && !/^[1-9]\d*$/.test(text)) throw new Error(`--${name} ${text}: give a whole number from 1`)
    }
    return { messages, port }
  } catch (error) {
    say((error as Error).message)
    process.exit(2)
  }
}

/** Starts a part in a process group of its own, so that Ctrl-C reaches this process alone, and with a channel, so that it does not outlive us. */
function begin(name: string, ...args: string[]): Part {
  const child = spawn(process.execPath, [...process.execArgv, ...args], { detached: true, stdio: ['ignore', 'inherit', 'pipe', 'ipc'] })
  child.stderr!.pipe(process.stderr, { end: false })
  const ended = once(child, 'exit').then(([code, signal]: (number | string | null)[]) => code ?? signal ?? 1)
  return { name, child, ended }
}

/** Resolves when the edge says where it listens. */
function listening({ child }: Part): Promise<void> {
  return new Promise((resolve) => {
    createInterface({ input: child.stderr! }).on('line', (line) => {
      if (line.includes(' listens on ')) resolve()
    })
  })
}

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url))
}

function say(line: string): void {
  process.stderr.write(`start: ${line}\n`)
}
