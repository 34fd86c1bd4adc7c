// A single primitive.
import { type PrimitiveType, type PrimitiveValues, primitives } from '../primitive.ts'
import type { Shape } from './shape.ts'

export function scalar<T extends PrimitiveType>(type: T): Shape<PrimitiveValues[T]> {
  const primitive = primitives[type]
  return {
    name: type,
    flags: 0,
    outerFlags: 0,
    omitsEmpty: type === 'string' || type === 'bytes',
    zero: primitive.zero,
    read(scan) {
      if (scan.header.isNode) throw scan.wrongKind(`a ${type}`)
      return primitive.read(scan.reader, scan.generation)
    },
    write: (tail, value, generation, place) => primitive.write(tail, value ?? primitive.zero(), generation, place),
  }
}
