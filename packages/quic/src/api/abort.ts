// What an AbortSignal ends, for as long as there is something to end: a signal may outlive thousands of sessions, and must not hold them all.

/** Calls `end` when the signal is aborted before `over` settles. */
export function endsWith(signal: AbortSignal | undefined, over: Promise<unknown>, end: (reason: unknown) => void): void {
  if (signal === undefined) return
  const aborted = (): void => end(signal.reason)
  const forget = (): void => signal.removeEventListener('abort', aborted)
  signal.addEventListener('abort', aborted, { once: true })
  over.then(forget, forget)
}
