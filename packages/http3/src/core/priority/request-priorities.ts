// A server's view of how much each response matters: what the request said, what the client said since, what the response adds. RFC 9218.
import { ChurnMap } from '@millrace/bytes'
import { MAX_EARLY_PRIORITY_UPDATES } from './limits.ts'
import { DEFAULT_REQUEST_PRIORITY, parsePriority, type RequestPriority } from './request-priority.ts'

/** Priorities of the requests of one connection. */
export class RequestPriorities {
  readonly #open = new ChurnMap<number, RequestPriority>()
  /** What PRIORITY_UPDATE said of requests that have not come, oldest first. */
  readonly #early = new Map<number, RequestPriority>()
  /** One past the highest request that came. */
  #next = 0

  /** A request has come with this `priority` field, if any; what a PRIORITY_UPDATE said before overrides it (RFC 9218 section 7). */
  requestReceived(streamId: number, field: string | undefined): RequestPriority {
    const priority = this.#early.get(streamId) ?? (field === undefined ? DEFAULT_REQUEST_PRIORITY : parsePriority(field))
    this.#early.delete(streamId)
    this.#next = Math.max(this.#next, streamId + 4)
    this.#open.set(streamId, priority)
    return priority
  }

  /** PRIORITY_UPDATE: the priority from now on; null where the request has not come, or is done with. What the frame leaves out has its default. */
  updated(streamId: number, value: string): RequestPriority | null {
    const priority = parsePriority(value)
    if (this.#open.has(streamId)) {
      this.#open.set(streamId, priority)
      return priority
    }
    if (streamId >= this.#next) this.#keep(streamId, priority)
    return null
  }

  /** The response has this `priority` field: what it names counts, for the rest what the client said (RFC 9218 section 8). Null: nothing changes. */
  responseSent(streamId: number, field: string | undefined): RequestPriority | null {
    const base = this.#open.get(streamId)
    return field === undefined || base === undefined ? null : parsePriority(field, base)
  }

  /** The request is done with. */
  ended(streamId: number): void {
    this.#open.delete(streamId)
  }

  #keep(streamId: number, priority: RequestPriority): void {
    this.#early.delete(streamId)
    if (this.#early.size >= MAX_EARLY_PRIORITY_UPDATES) this.#early.delete(this.#early.keys().next().value!)
    this.#early.set(streamId, priority)
  }
}
