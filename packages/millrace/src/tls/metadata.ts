// The three functions of the retired "metadata reflection" proposal that @peculiar/x509 asks of the engine through its dependency tsyringe.
// Provided just before that library is loaded, and only where nobody has provided them yet.

interface Metadata {
  defineMetadata(key: unknown, value: unknown, target: object): void
  getOwnMetadata(key: unknown, target: object): unknown
  getMetadata(key: unknown, target: object): unknown
}

/** Gives `Reflect` what is missing. Does nothing the second time. */
export function provideMetadata(): void {
  if ('getMetadata' in Reflect) return
  const kept = new WeakMap<object, Map<unknown, unknown>>()
  const metadata: Metadata = {
    defineMetadata(key, value, target) {
      const own = kept.get(target) ?? new Map<unknown, unknown>()
      kept.set(target, own.set(key, value))
    },
    getOwnMetadata: (key, target) => kept.get(target)?.get(key),
    getMetadata(key, target) {
      for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
        const own = kept.get(at)
        if (own?.has(key)) return own.get(key)
      }
      return undefined
    },
  }
  Object.assign(Reflect, metadata)
}
