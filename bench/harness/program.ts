// One program under measurement. It prints lines on stdout that begin with a word, and does what lines on stdin say; the end of stdin
// tells it to go. bench/peers/README.md has the words.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import type { Command } from '../../scripts/support/child.ts'
import type { Children } from './children.ts'

/** How much of what a program complains about is kept, characters. */
const KEPT_COMPLAINTS = 4096

/** How long a program may take to go once its stdin has ended, milliseconds. */
const GRACE_MILLIS = 1_000

interface Expectation {
  readonly word: string
  resolve(rest: string): void
  reject(error: Error): void
}

export class Program implements AsyncDisposable {
  readonly pid: number
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #name: string
  readonly #lines: string[] = []
  #partial = ''
  #complaints = ''
  #expected: Expectation | null = null
  #ended: string | null = null

  /** Starts the command; kills it after `deadlineMillis`. */
  constructor({ program, args, env, cwd }: Command, children: Children, deadlineMillis: number) {
    this.#name = [program, ...args].join(' ')
    this.#child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    this.pid = this.#child.pid ?? 0
    children.add(this.#child)
    const deadline = setTimeout(() => {
      this.#end(`was killed after ${deadlineMillis} ms`)
      this.#child.kill('SIGKILL')
    }, deadlineMillis)
    this.#child.stdin.on('error', (error) => this.#complain(`stdin: ${error.message}`))
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#take(text))
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => this.#complain(text))
    this.#child.once('error', (error) => this.#end(error.message))
    this.#child.once('close', (code, signal) => {
      clearTimeout(deadline)
      this.#end(`ended with ${code ?? signal}`)
    })
  }

  /** What follows the word on the next line that begins with it; other lines are passed over. Rejects when the program ends before. */
  hears(word: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#expected = { word, resolve, reject }
      this.#match()
    })
  }

  says(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  /** Ends its stdin, and kills it when it stays. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.pid === 0 || this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MILLIS)
    this.#child.stdin.end()
    await gone
    clearTimeout(killer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #take(text: string): void {
    const lines = (this.#partial + text).split('\n')
    this.#partial = lines.pop() as string
    this.#lines.push(...lines)
    this.#match()
  }

  #match(): void {
    const expected = this.#expected
    if (expected === null) return
    for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
      if (line !== expected.word && !line.startsWith(`${expected.word} `)) continue
      this.#expected = null
      expected.resolve(line.slice(expected.word.length + 1))
      return
    }
    if (this.#ended === null) return
    this.#expected = null
    expected.reject(new Error(`${this.#name} ${this.#ended} before it said '${expected.word}': ${this.#complaints.trim()}`))
  }

  #complain(text: string): void {
    this.#complaints = (this.#complaints + text).slice(-KEPT_COMPLAINTS)
  }

  #end(how: string): void {
    this.#ended ??= how
    this.#match()
  }
}
