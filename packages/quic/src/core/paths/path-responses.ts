// Answers to PATH_CHALLENGE. RFC 9000 section 8.2.2. Never sent again: the peer challenges anew if an answer is lost (section 13.3).
import type { Writer } from '@millrace/bytes'
import { MAX_PATH_RESPONSES } from '../limits.ts'
import { encodeFrame, type Frame, frameSize } from '../wire/frames/index.ts'

const NONE: readonly Uint8Array[] = []

export class PathResponses {
  #waiting: readonly Uint8Array[] = NONE

  challenged(data: Uint8Array): void {
    this.#waiting = [...this.#waiting, data].slice(-MAX_PATH_RESPONSES)
  }

  get wantsToSend(): boolean {
    return this.#waiting.length > 0
  }

  /** Writes what fits. False if nothing was written. */
  fill(writer: Writer): boolean {
    let wrote = false
    while (this.#waiting.length > 0) {
      const frame: Frame = { type: 'pathResponse', data: this.#waiting[0]! }
      if (frameSize(frame) > writer.room) break
      encodeFrame(frame, writer)
      this.#waiting = this.#waiting.slice(1)
      wrote = true
    }
    return wrote
  }
}
