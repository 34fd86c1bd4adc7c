// The least value of late, exact, for windows that change length: a queue of those that are still to become the least.

/** A greater value that comes sooner after the last one than this share of the window is not kept: the queue holds so many values at most. */
const RESOLUTION = 64

export class WindowedMin {
  readonly #values: number[] = []
  readonly #times: number[] = []

  /** Infinity before the first value. */
  get value(): number {
    return this.#values[0] ?? Number.POSITIVE_INFINITY
  }

  /** Takes a value in; `time` never goes back, and what is older than `length` before it is forgotten. Returns the least. */
  update(value: number, time: number, length: number): number {
    const values = this.#values
    const times = this.#times
    while (values.length > 0 && values[values.length - 1]! >= value) {
      values.pop()
      times.pop()
    }
    while (times.length > 0 && times[0]! < time - length) {
      values.shift()
      times.shift()
    }
    if (values.length === 0 || time - times[times.length - 1]! >= length / RESOLUTION) {
      values.push(value)
      times.push(time)
    }
    return values[0]!
  }
}
