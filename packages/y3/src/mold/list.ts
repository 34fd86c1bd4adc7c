// A list: an array node whose items all have id 0. Right under the root, a list of structs goes without the array flag, as the original writes it;
// when decoding, the flag is not asked for.
import { Y3Error } from '../error.ts'
import { writeHeader } from '../header.ts'
import { ARRAY_FLAG, NODE_FLAG } from '../tag.ts'
import type { Shape } from './shape.ts'

export function list<T>(item: Shape<T>): Shape<T[]> {
  const name = `${item.name}[]`
  return {
    name,
    flags: NODE_FLAG | ARRAY_FLAG,
    outerFlags: item.flags === NODE_FLAG ? NODE_FLAG : NODE_FLAG | ARRAY_FLAG,
    omitsEmpty: false,
    primitive: null,
    zero: () => [],
    read(scan) {
      const { value, end, isNode } = scan.header
      if (!isNode && value !== end) throw scan.wrongKind(name)
      const items: T[] = []
      for (let at = value; at < end; ) {
        at = scan.next(at, end).end
        items.push(item.read(scan))
      }
      return items
    },
    write(tail, value, generation, place) {
      const items = value ?? []
      if (!Array.isArray(items)) throw new Y3Error('BAD_VALUE', `${place}: an array is expected`)
      for (let index = items.length - 1; index >= 0; index--) {
        const before = tail.length
        item.write(tail, items[index]!, generation, place)
        writeHeader(tail, item.flags, tail.length - before)
      }
    },
  }
}
