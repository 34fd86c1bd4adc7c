// A child process of a tool: its output is kept, it has a deadline, and it does not outlive the tool's interest in it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** How much of a child's output is kept, characters: the tail tells why it failed. */
const KEPT_OUTPUT = 64 * 1024

/** How long a child may take to end by itself after it was asked to, milliseconds. */
const GRACE_MILLIS = 2_000

export class Child implements AsyncDisposable {
  readonly command: Command
  /** Resolves with the exit code; -1 when it was killed or never started. Never rejects. */
  readonly exited: Promise<number>
  #process: ChildProcess
  #output = ''
  #timedOut = false
  #waiting: { pattern: RegExp; resolve: (match: RegExpExecArray) => void }[] = []

  /** Starts the command. After `timeoutMillis` it is killed. */
  constructor(command: Command, timeoutMillis: number) {
    this.command = command
    this.#process = spawn(command.program, command.args, {
      cwd: command.cwd,
      env: { ...process.env, ...command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.#keep(text))
    const deadline = setTimeout(() => {
      this.#timedOut = true
      this.#process.kill('SIGKILL')
    }, timeoutMillis)
    this.exited = new Promise((resolve) => {
      this.#process.once('error', (error) => this.#keep(`${error.message}\n`))
      this.#process.once('error', () => resolve(-1))
      this.#process.once('close', (code) => resolve(code ?? -1))
    })
    this.exited.then(() => clearTimeout(deadline))
  }

  /** What it has written to stdout and stderr, the tail of it. */
  get output(): string {
    return this.#output
  }

  get timedOut(): boolean {
    return this.#timedOut
  }

  get running(): boolean {
    return this.#process.pid !== undefined && this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** Resolves when the output has the pattern; rejects when the child ends before. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    const found = new Promise<RegExpExecArray>((resolve) => this.#waiting.push({ pattern, resolve }))
    this.#keep('')
    const match = await Promise.race([found, this.exited])
    if (typeof match === 'number')
      throw new Error(`${this.command.program} ended with ${match} before it printed ${pattern}:\n${this.#output}`)
    return match
  }

  /** Asks it to end with `signal`, and kills it when it does not. Resolves when it is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.running) return
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), GRACE_MILLIS)
    const gone = once(this.#process, 'exit')
    this.#process.kill(signal)
    await gone
    clearTimeout(killer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #keep(text: string): void {
    this.#output = (this.#output + text).slice(-KEPT_OUTPUT)
    this.#waiting = this.#waiting.filter(({ pattern, resolve }) => {
      const match = pattern.exec(this.#output)
      if (match !== null) resolve(match)
      return match === null
    })
  }
}

/** The command line of a TypeScript program of this repository, run by the Node that runs the tool. */
export function nodeProgram(script: string, ...args: readonly string[]): Command {
  return { program: process.execPath, args: ['--conditions=source', '--disable-warning=ExperimentalWarning', script, ...args] }
}
