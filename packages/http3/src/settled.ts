// A promise with its handles, whose rejection nobody needs to observe: errors here are also told by other ways.

export interface Settled<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

export function settled<T>(): Settled<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  promise.catch(() => {})
  return { promise, resolve, reject }
}
