/** Something that is given bytes by strangers. */
export interface Target {
  readonly name: string
  /**
   * Runs one input, and returns in a word or two what came of it. An input that brings about something new is kept and changed further: so the
   * search finds its way without looking into the code. Throws what is not `declared` when there is a defect.
   */
  readonly run: (input: Uint8Array) => string
  /** Whether an error is one that the code under test says it throws. */
  readonly declared: (error: unknown) => boolean
}
