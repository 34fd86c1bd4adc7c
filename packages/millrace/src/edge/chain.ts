// The plugins of a workflow in their order, and the output behind them. A message goes from where it is to the first place that stops it; no
// payload is looked at to find that place.

import type { Gate } from '../gate.ts'
import type { Message } from '../protocol/message.ts'
import type { Landing } from './landing.ts'
import { Output } from './output.ts'
import { Stage } from './stage.ts'

export interface ChainOptions {
  /** Names of the plugins, first to last. */
  readonly names: readonly string[]
  /** Bytes to keep for each plugin. */
  readonly pendingBytes: number
  report(line: string): void
}

export class Chain {
  readonly stages: readonly Stage[]
  readonly output: Output
  #isGivenUp = false

  constructor({ names, pendingBytes, report }: ChainOptions) {
    this.output = new Output((error) =>
      report(`the consumer of the output failed: ${error instanceof Error ? error.message : String(error)}`),
    )
    this.stages = names.map((name, index) => {
      return new Stage({ name, pendingBytes, report, forward: (message) => this.offer(message, index + 1) })
    })
  }

  /** Puts a message in at stage `from`. Not null: where it has to go is full; wait at that gate and offer it again. */
  offer(message: Message, from = 0): Gate | null {
    const landing = this.#landing(message, from)
    if (landing.isFull) return landing.gate
    landing.push(message)
    return null
  }

  /** Resolves when every message that was taken has left the chain, or it is given up. `waiting` is told, once each, which plugins that takes. */
  async drain(waiting: (stage: Stage) => void): Promise<void> {
    for (const stage of this.stages) {
      if (!stage.isIdle) waiting(stage)
      while (!stage.isIdle && !this.#isGivenUp) await stage.idle.wait()
    }
    while (!this.output.isIdle && !this.#isGivenUp) await this.output.idle.wait()
  }

  /** Ends the waiting for what is still in the chain. */
  giveUp(): void {
    this.#isGivenUp = true
    for (const stage of this.stages) stage.idle.openWide()
    this.output.idle.openWide()
    this.output.end()
  }

  #landing(message: Message, from: number): Landing {
    for (let index = from; index < this.stages.length; index++) {
      const stage = this.stages[index]!
      if (stage.stops(message)) return stage
    }
    return this.output
  }
}
