// A stream of ours, now or never, or as soon as there may be one. W3C WebTransport, "createBidirectionalStream()".
import { QuicError, type QuicSession, type QuicStream } from '@millrace/quic'
import { invalidState } from './error.ts'

export type Direction = 'bidi' | 'uni'

/** Rejects with QuotaExceededError where the peer allows none now and `wait` is false, InvalidStateError where the connection has ended. */
export async function openedStream(quic: QuicSession, direction: Direction, wait: boolean): Promise<QuicStream> {
  try {
    return await (direction === 'bidi' ? quic.createBidirectionalStream({ wait }) : quic.createUnidirectionalStream({ wait }))
  } catch (error) {
    if (error instanceof QuicError && error.code === 'ERR_QUIC_STREAM_LIMIT') throw quotaExceeded('The peer allows no more streams now.')
    throw invalidState('The connection has ended.')
  }
}

/** Before Node 26 it is a DOMException of that name. */
export function quotaExceeded(message: string): DOMException {
  return typeof QuotaExceededError === 'function' ? new QuotaExceededError(message) : new DOMException(message, 'QuotaExceededError')
}
