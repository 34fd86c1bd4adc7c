// Options as values: compared, and kept from change.
import { Buffer } from 'node:buffer'

/** Whether options say the same: text, flags, bytes, and lists and plain objects of those. What is an object of a class, or a function, says the same as itself alone. */
export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (one instanceof Uint8Array || other instanceof Uint8Array)
    return one instanceof Uint8Array && other instanceof Uint8Array && Buffer.compare(one, other) === 0
  if (!isPlain(one) || !isPlain(other)) return false
  const names = Object.keys(one)
  if (names.length !== Object.keys(other).length) return false
  for (const name of names) if (!same(one[name as never], other[name as never])) return false
  return true
}

/** Options that do not change when whoever gave them changes theirs. */
export function copy<T>(options: T): T {
  if (options instanceof Uint8Array) return Uint8Array.from(options) as T
  if (Array.isArray(options)) return options.map(copy) as T
  if (typeof options !== 'object' || options === null || !isPlain(options)) return options
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, copy(value)])) as T
}

function isPlain(options: object): boolean {
  if (Array.isArray(options)) return true
  const prototype: unknown = Object.getPrototypeOf(options)
  return prototype === Object.prototype || prototype === null
}
