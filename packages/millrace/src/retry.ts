// Pauses between attempts to reach a peer: doubling from 50 ms to a second, begun anew after a success.

import { setTimeout as sleep } from 'node:timers/promises'
import { RETRY_FIRST_MILLIS, RETRY_LONGEST_MILLIS } from './limits.ts'

export class Backoff {
  #millis: number = RETRY_FIRST_MILLIS

  succeeded(): void {
    this.#millis = RETRY_FIRST_MILLIS
  }

  /** Resolves after the pause, or at once when the signal is aborted. */
  async pause(signal: AbortSignal): Promise<void> {
    const millis = this.#millis
    this.#millis = Math.min(millis * 2, RETRY_LONGEST_MILLIS)
    await sleep(millis, undefined, { signal }).catch(() => undefined)
  }
}
