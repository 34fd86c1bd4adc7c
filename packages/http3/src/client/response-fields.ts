// The field sections of a response in the shape that undici's handlers take.
import type { IncomingHttpHeaders } from 'node:http'
import type { FieldSection } from '../core/fields/field-section.ts'

/** Values by name; of a name that comes more than once, a list. No pseudo-header fields. */
export function headersOf(fields: FieldSection): IncomingHttpHeaders {
  const found = new Map<string, string | string[]>()
  for (let at = 0; at < fields.length; at += 2) {
    const [name, value] = [fields[at]!, fields[at + 1]!]
    if (name.startsWith(':')) continue
    const before = found.get(name)
    if (before === undefined) found.set(name, value)
    else if (typeof before === 'string') found.set(name, [before, value])
    else before.push(value)
  }
  // Defines each as an own property, `__proto__` too, which a name may be.
  return Object.fromEntries(found)
}

/** Names and values in turn, without pseudo-header fields, which come first. RFC 9114 section 4.3. */
export function rawHeadersOf(fields: FieldSection): string[] {
  let from = 0
  while (from < fields.length && fields[from]!.startsWith(':')) from += 2
  return fields.slice(from)
}
