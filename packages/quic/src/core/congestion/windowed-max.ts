// The greatest value of late, in constant space: Kathleen Nichols' filter, which keeps the best three samples of a window.

export class WindowedMax {
  /** How far back a value counts, in the unit of `time`. */
  length: number
  readonly #values: [number, number, number] = [0, 0, 0]
  readonly #times: [number, number, number] = [0, 0, 0]

  constructor(length: number) {
    this.length = length
  }

  get value(): number {
    return this.#values[0]
  }

  reset(value: number, time: number): void {
    this.#values.fill(value)
    this.#times.fill(time)
  }

  /** Takes a value in; `time` never goes back. Returns the greatest. */
  update(value: number, time: number): number {
    const values = this.#values
    const times = this.#times
    if (value >= values[0] || time - times[2] > this.length) {
      this.reset(value, time)
      return value
    }
    if (value >= values[1]) this.#replace(1, value, time)
    else if (value >= values[2]) this.#set(2, value, time)
    const age = time - times[0]
    if (age > this.length) {
      // The best is too old: the others move up, twice if the second is as well.
      this.#shift(value, time)
      if (time - times[0] > this.length) this.#shift(value, time)
    } else if (times[1] === times[0] && age > this.length / 4) {
      // A quarter of the window has passed without a second best: take one from the second quarter, and so on.
      this.#replace(1, value, time)
    } else if (times[2] === times[1] && age > this.length / 2) this.#set(2, value, time)
    return values[0]
  }

  #shift(value: number, time: number): void {
    this.#set(0, this.#values[1], this.#times[1])
    this.#set(1, this.#values[2], this.#times[2])
    this.#set(2, value, time)
  }

  #replace(from: 1, value: number, time: number): void {
    this.#set(from, value, time)
    this.#set(2, value, time)
  }

  #set(place: 0 | 1 | 2, value: number, time: number): void {
    this.#values[place] = value
    this.#times[place] = time
  }
}
