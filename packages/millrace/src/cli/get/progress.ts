// A bar that grows while a download comes, on one line of a terminal.

import type { Writable } from 'node:stream'

/** Milliseconds between two drawings: smooth for eyes, and nothing beside the download. */
const REDRAW_MILLIS = 100
/** Characters of the bar. */
const WIDTH = 30

export interface ProgressState {
  readonly received: number
  /** Undefined where the server did not say. */
  readonly total: number | undefined
  readonly elapsedMillis: number
}

/** One line: a bar where the end is known, how much has come, and how fast. */
export function progressLine({ received, total, elapsedMillis }: ProgressState): string {
  const rate = `${bytes(elapsedMillis === 0 ? 0 : (received / elapsedMillis) * 1000)}/s`
  if (total === undefined || total === 0) return `${bytes(received)}  ${rate}`
  const share = Math.min(1, received / total)
  const filled = Math.round(share * WIDTH)
  const percent = `${Math.floor(share * 100)} %`.padStart(5)
  return `[${'#'.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${percent}  ${bytes(received)} of ${bytes(total)}  ${rate}`
}

/** Draws the line again and again. */
export class Progress {
  readonly #out: Writable
  readonly #total: number | undefined
  readonly #began: number
  #drawn = Number.NEGATIVE_INFINITY
  #received = 0

  constructor(out: Writable, total: number | undefined, now: number) {
    this.#out = out
    this.#total = total
    this.#began = now
  }

  /** So many more bytes have come. */
  add(count: number, now: number): void {
    this.#received += count
    if (now - this.#drawn >= REDRAW_MILLIS) this.#draw(now)
  }

  /** The last drawing, and the end of the line. */
  end(now: number): void {
    this.#draw(now)
    this.#out.write('\n')
  }

  #draw(now: number): void {
    this.#drawn = now
    const line = progressLine({ received: this.#received, total: this.#total, elapsedMillis: now - this.#began })
    // What was longer before is wiped out (EL, ECMA-48 section 8.3.41).
    this.#out.write(`\r${line}\u001b[K`)
  }
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const

function bytes(count: number): string {
  let [value, unit] = [count, 0]
  for (; value >= 1000 && unit < UNITS.length - 1; unit++) value /= 1000
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}
