// Programs as users run them: in processes of their own, with what they say collected.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after } from 'node:test'
import { Collected } from './support.ts'

export interface ProgramOptions {
  readonly cwd: string
  /** What it reads on standard input. Default: nothing. */
  readonly input?: string | undefined
  /** Added to the environment. */
  readonly env?: NodeJS.ProcessEnv
}

/** Runs `node` with these arguments; killed when the test file is through. */
export class Program {
  readonly child: ChildProcess
  readonly stdout: Collected<string> = new Collected()
  readonly stderr: Collected<string> = new Collected()
  readonly ended: Promise<number | string>

  constructor(args: readonly string[], { cwd, input, env }: ProgramOptions) {
    this.child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    if (input !== undefined) this.child.stdin!.end(input)
    for (const name of ['stdout', 'stderr'] as const) {
      let rest = ''
      this.child[name]!.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n')
        rest = lines.pop()!
        for (const line of lines) this[name].add(line)
      })
    }
    this.ended = once(this.child, 'close').then(([code, signal]: (number | string | null)[]) => code ?? signal!)
    after(() => this.child.kill('SIGKILL'))
  }

  /** The first match in what is said on standard error. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    const missed = this.ended.then(() => assert.fail(`${pattern} was not said, but:\n${this.stderr.items.join('\n')}`))
    missed.catch(() => undefined)
    await Promise.race([this.stderr.until((lines) => lines.some((line) => pattern.test(line))), missed])
    return pattern.exec(this.stderr.items.find((line) => pattern.test(line))!)!
  }
}
