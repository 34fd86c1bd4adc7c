// A single primitive.
import { type PrimitiveType, type PrimitiveValues, primitives, refused } from '../primitive.ts'
import type { Shape } from './shape.ts'

export function scalar<T extends PrimitiveType>(type: T): Shape<PrimitiveValues[T]> {
  const primitive = primitives[type]
  return {
    name: type,
    flags: 0,
    outerFlags: 0,
    omitsEmpty: type === 'string' || type === 'bytes',
    primitive,
    zero: primitive.zero,
    read(scan) {
      const { isNode, value, end } = scan.header
      if (isNode) throw scan.wrongKind(`a ${type}`)
      return primitive[scan.generation].read(scan.bytes, value, end)
    },
    write(tail, given, generation, place) {
      const value = given ?? primitive.zero()
      const refusal = primitive[generation].write(tail, value)
      if (refusal !== null) throw refused(value, refusal, place)
    },
  }
}
