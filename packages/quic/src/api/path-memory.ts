// What sessions learnt of the paths that they took, for later ones to begin with. RFC 9959.
import { performance } from 'node:perf_hooks'
import { CarefulResume, type ResumableController, type SavedPath } from '../core/congestion/careful-resume.ts'
import type { CongestionController } from '../core/congestion/controller.ts'
import { initialWindow } from '../core/congestion/window.ts'
import type { Connection } from '../core/connection.ts'
import { MIN_INITIAL_DATAGRAM } from '../core/limits.ts'
import type { QuicEndpoint } from './endpoint.ts'
import { number, type Range, wrong } from './option-checks.ts'
import type { SessionOptions } from './options.ts'

const PATHS: Range = { least: 1, most: 65_536, default: 1024 }
/** Networks change: what is older says little, and is not worth its risk. */
const LIFETIME: Range = { least: 1000, most: 86_400_000, default: 3_600_000 }

/** With less than this many initial windows there is nothing to gain: slow start is there after two round trips. */
const LEAST_GAIN = 4

interface Learnt extends SavedPath {
  readonly until: number
  /** A connection uses it, and others may not until it has ended. RFC 9959 section 4.2. */
  claimed: boolean
}

/** Keeps window and round trip of the paths last used, by the peer's IP address. */
export class PathMemory {
  readonly #paths = new Map<string, Learnt>()
  readonly #maxPaths: number
  readonly #lifetimeMillis: number

  /**
   * `maxPaths`: 1 to 65536, default 1024; the one used least lately is forgotten. `lifetime`: milliseconds, 1000 to 86400000 (a day), default an hour. Throws
   * ERR_QUIC_OPTION.
   */
  constructor(options: { readonly maxPaths?: number; readonly lifetime?: number } = {}) {
    this.#maxPaths = number('maxPaths', options.maxPaths, PATHS)
    this.#lifetimeMillis = number('lifetime', options.lifetime, LIFETIME)
  }

  /** What is known of the path to an IP address: bytes and milliseconds; null for nothing that still holds, and while a session uses it. */
  find(address: string, now: number = performance.now()): SavedPath | null {
    const learnt = this.#paths.get(address)
    return learnt === undefined || learnt.claimed || now >= learnt.until ? null : learnt
  }

  /** Remembers a path. */
  keep(address: string, { window, rttMillis }: SavedPath, now: number = performance.now()): void {
    this.#paths.delete(address)
    const until = now + this.#lifetimeMillis
    const claim = (): boolean => {
      if (learnt.claimed) return false
      learnt.claimed = true
      return true
    }
    const learnt: Learnt = { window, rttMillis, until, claimed: false, claim }
    this.#paths.set(address, learnt)
    if (this.#paths.size > this.#maxPaths) this.#paths.delete(this.#paths.keys().next().value!)
  }

  /** Forgets it. */
  forget(address: string): void {
    this.#paths.delete(address)
  }

  /** Takes what a connection knew at its end. For `listen` and `connect` alone. @internal */
  learn({ path, recovery }: Connection): void {
    const { controller, rtt } = recovery
    // In slow start the window is ahead of what the path has proved to hold, by as much again. RFC 9959 section 4.1.
    const window = controller.inSlowStart ? controller.window / 2 : controller.window
    const isWorthwhile = rtt.firstSampleAt !== null && window >= LEAST_GAIN * initialWindow(recovery.maxDatagramSize)
    const { address } = path.remote
    if (isWorthwhile) this.keep(address, { window, rttMillis: rtt.minimum })
    else if (controller instanceof CarefulResume && controller.jumped) this.#giveBack(address, controller)
  }

  /** A connection that had little to say has used it, and knows nothing better. What misled it is forgotten. RFC 9959 section 3.5. */
  #giveBack(address: string, { saved, retreated }: CarefulResume): void {
    const learnt = this.#paths.get(address)
    if (learnt !== saved) return
    if (retreated) this.forget(address)
    else learnt.claimed = false
  }
}

/** The memory that a session uses, if any. @internal */
export function pathMemoryOf({ carefulResume = false }: SessionOptions, endpoint: QuicEndpoint): PathMemory | null {
  if (carefulResume === false) return null
  return carefulResume === true ? endpoint.pathMemory : carefulResume
}

/** The controller of a path, which begins with what is known of it. @internal */
export function resumed(controller: CongestionController, paths: PathMemory | null, address: string): CongestionController {
  const saved = paths?.find(address) ?? null
  return saved !== null && isResumable(controller) ? new CarefulResume(controller, saved, MIN_INITIAL_DATAGRAM) : controller
}

function isResumable(controller: CongestionController): controller is ResumableController {
  return typeof (controller as Partial<ResumableController>).continueAt === 'function'
}

/** Throws ERR_QUIC_OPTION. @internal */
export function checkCarefulResume({ carefulResume, congestion, cc }: SessionOptions): void {
  if (carefulResume === undefined || carefulResume === false) return
  if (carefulResume !== true && !(carefulResume instanceof PathMemory))
    throw wrong('carefulResume', 'is none of true, false and a PathMemory')
  const name = congestion ?? cc ?? 'cubic'
  if (typeof name === 'string' && !['cubic', 'newreno', 'reno'].includes(name))
    throw wrong('carefulResume', `does not go with ${JSON.stringify(name)}, which measures the path by itself; it is for cubic and newreno`)
}
