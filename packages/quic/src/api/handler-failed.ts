// A function of the user's for streams has failed.
import { QuicError } from './error.ts'
import type { QuicStream } from './stream.ts'

/** Code of the application's with which a stream ends whose handler failed. */
const HANDLER_FAILED = 1

/** Ends the stream. What is no end of a stream or a session is thrown on: nobody else would hear of it. */
export function handlerFailed(stream: QuicStream, error: unknown): void {
  stream.destroy(error, { code: HANDLER_FAILED })
  if (!(error instanceof QuicError)) throw error
}
