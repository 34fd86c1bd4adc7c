// Lets everything out at once: for where there is no path to be gentle with.
import type { CongestionController } from '../../src/core/congestion/controller.ts'

export class NoLimit implements CongestionController {
  readonly name = 'none'
  /** Bytes. */
  readonly window: number
  readonly pacingRate = null
  readonly inSlowStart = false
  readonly slowStartThreshold: number = Number.POSITIVE_INFINITY

  constructor(window: number) {
    this.window = window
  }

  packetsAcknowledged(): void {}
  packetsLost(): void {}
  persistentCongestion(): void {}
  congestionExperienced(): void {}
  datagramSizeChanged(): void {}
  reset(): void {}
}
