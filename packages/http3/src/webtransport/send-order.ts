// Where streams and datagrams stand among the others of their session. W3C WebTransport, "WebTransportSendOptions Dictionary".
import { invalidState } from './error.ts'
import type { WebTransportSendGroup } from './send-group.ts'

/** How something is sent beside the rest of its session. */
export interface WebTransportSendOptions {
  /** Of this session. Null, the default: with all that have none. */
  readonly sendGroup?: WebTransportSendGroup | null
  /** Higher goes first within the group, and lower ones when it has nothing left; equals share. A whole number. Default 0. */
  readonly sendOrder?: number
}

/** A place among the others. */
export interface SendPlace {
  readonly group: WebTransportSendGroup | null
  readonly order: number
}

/** Throws TypeError for another session's group. */
export function placeOf(session: object, { sendGroup = null, sendOrder = 0 }: WebTransportSendOptions): SendPlace {
  if (sendGroup !== null && !sendGroup.isOf(session)) throw new TypeError("The send group is another session's.")
  return { group: sendGroup, order: wholeNumber(sendOrder) }
}

/** Throws InvalidStateError for another session's group, as setters do. */
export function ownGroup(session: object, group: WebTransportSendGroup | null): WebTransportSendGroup | null {
  if (group !== null && !group.isOf(session)) throw invalidState("The send group is another session's.")
  return group
}

/** As Web IDL makes a `long long` of a number. */
export function wholeNumber(value: number): number {
  return Number.isFinite(value) ? Math.trunc(value) + 0 : 0
}
