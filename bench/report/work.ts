// How much the core of the stack does, counted and not timed: V8 counts how often each block of our source runs, so that the same work gives the same number
// on any machine, however busy. Loops inside the engine (a sort, a spread) are not seen; what they call is.
import { Session } from 'node:inspector/promises'

/** Whose blocks count. */
const COUNTED = '/packages/quic/src/'

export class WorkCount {
  readonly #session: Session

  private constructor(session: Session) {
    this.#session = session
  }

  /** Counts from now on. Code that was loaded before is counted by functions and not by blocks: load it afterwards. */
  static async start(): Promise<WorkCount> {
    const session = new Session()
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
    return new WorkCount(session)
  }

  /** Blocks that have run since the last time that it was asked. */
  async take(): Promise<number> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage')
    let count = 0
    for (const { url, functions } of result) {
      if (!url.includes(COUNTED)) continue
      for (const { ranges } of functions) for (const range of ranges) count += range.count
    }
    return count
  }
}
