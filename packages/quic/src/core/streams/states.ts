// The two halves of a stream as tables: event -> { from: to }. RFC 9000 section 3.

export type SendState = 'ready' | 'send' | 'dataSent' | 'dataReceived' | 'resetSent' | 'resetReceived'
export type ReceiveState = 'receive' | 'sizeKnown' | 'dataReceived' | 'dataRead' | 'resetReceived' | 'resetRead'

export type SendEvent = 'dataSent' | 'finSent' | 'resetAtSent' | 'allAcknowledged' | 'resetAsked' | 'resetAcknowledged'
export type ReceiveEvent = 'finReceived' | 'resetAtReceived' | 'allReceived' | 'allRead' | 'promiseRead' | 'resetReceived' | 'resetRead'

type Table<Event extends string, State extends string> = Readonly<Record<Event, Readonly<Partial<Record<State, State>>>>>

/** RFC 9000 section 3.1, figure 2. RESET_STREAM_AT is to the states what a FIN is. draft-ietf-quic-reliable-stream-reset section 5.3. */
export const SEND_EVENTS: Table<SendEvent, SendState> = {
  dataSent: { ready: 'send', send: 'send' },
  finSent: { ready: 'dataSent', send: 'dataSent', dataSent: 'dataSent' },
  resetAtSent: { ready: 'dataSent', send: 'dataSent', dataSent: 'dataSent' },
  allAcknowledged: { dataSent: 'dataReceived' },
  resetAsked: { ready: 'resetSent', send: 'resetSent', dataSent: 'resetSent' },
  resetAcknowledged: { resetSent: 'resetReceived' },
}

/**
 * RFC 9000 section 3.2, figure 3. A reset may overtake data that has all arrived but was not read; we then keep the data. After a RESET_STREAM_AT, `all` is what it
 * promised, and its reader finds the reset behind it. draft-ietf-quic-reliable-stream-reset section 5.3.
 */
export const RECEIVE_EVENTS: Table<ReceiveEvent, ReceiveState> = {
  finReceived: { receive: 'sizeKnown', sizeKnown: 'sizeKnown' },
  resetAtReceived: { receive: 'sizeKnown', sizeKnown: 'sizeKnown' },
  allReceived: { sizeKnown: 'dataReceived' },
  allRead: { dataReceived: 'dataRead' },
  promiseRead: { dataReceived: 'resetReceived' },
  resetReceived: { receive: 'resetReceived', sizeKnown: 'resetReceived' },
  resetRead: { resetReceived: 'resetRead' },
}

/** The state after `event`, or null where the event means nothing in this state. */
export function sendStep(state: SendState, event: SendEvent): SendState | null {
  return SEND_EVENTS[event][state] ?? null
}

export function receiveStep(state: ReceiveState, event: ReceiveEvent): ReceiveState | null {
  return RECEIVE_EVENTS[event][state] ?? null
}
