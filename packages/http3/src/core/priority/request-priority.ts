// What a request or a response says of its priority. RFC 9218 sections 4, 5 and 8.
import { parseDictionary } from '../fields/structured-fields.ts'

/** How much a response matters beside the others of its connection. */
export interface RequestPriority {
  /** 0 goes first, 7 last; 3 unless said otherwise. RFC 9218 section 4.1. */
  readonly urgency: number
  /** It is of use piece by piece, so that it shares with others of its urgency; false unless said otherwise. RFC 9218 section 4.2. */
  readonly incremental: boolean
}

/** Of a request that says nothing. */
export const DEFAULT_REQUEST_PRIORITY: RequestPriority = { urgency: 3, incremental: false }

const LOWEST_URGENCY = 7

/**
 * What the value of a `priority` field or of a PRIORITY_UPDATE frame says, the rest as in `base`. What does not parse, is unknown, out of its range or of
 * another type says nothing (RFC 9218 section 4).
 */
export function parsePriority(value: string, base: RequestPriority = DEFAULT_REQUEST_PRIORITY): RequestPriority {
  const said = parseDictionary(value)
  const urgency = said?.get('u')?.value
  const incremental = said?.get('i')?.value
  return {
    urgency: isUrgency(urgency) ? urgency : base.urgency,
    incremental: typeof incremental === 'boolean' ? incremental : base.incremental,
  }
}

/** The value of a `priority` field; null where it would say nothing. RFC 9218 section 5. Throws `RangeError` for an urgency that is none. */
export function formatPriority({ urgency, incremental }: RequestPriority): string | null {
  if (!isUrgency(urgency)) throw new RangeError(`urgency is ${urgency}; expected an integer from 0 to ${LOWEST_URGENCY}`)
  const parts = [urgency === DEFAULT_REQUEST_PRIORITY.urgency ? '' : `u=${urgency}`, incremental ? 'i' : ''].filter((part) => part !== '')
  return parts.length === 0 ? null : parts.join(', ')
}

function isUrgency(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LOWEST_URGENCY
}
