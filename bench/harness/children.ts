// Every process that a benchmark has started, so that none outlives it: not a failure, not Ctrl-C, not the end.
import type { ChildProcess } from 'node:child_process'

export class Children {
  readonly #running = new Set<ChildProcess>()

  /** Kills them all when this process ends, whatever ends it. */
  constructor() {
    process.once('exit', () => this.#killAll())
    for (const [signal, number] of [
      ['SIGINT', 2],
      ['SIGTERM', 15],
    ] as const)
      process.once(signal, () => process.exit(128 + number))
  }

  add(child: ChildProcess): void {
    this.#running.add(child)
    child.once('close', () => this.#running.delete(child))
  }

  #killAll(): void {
    for (const child of this.#running) child.kill('SIGKILL')
  }
}
