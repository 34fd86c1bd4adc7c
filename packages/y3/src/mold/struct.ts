// A struct: a node with a packet per field, in the order of declaration. Empty strings, bytes and structs are left out when encoding; whatever is
// absent when decoding gets its zero value. Of several packets with one key the last counts, unknown keys are stepped over. A nested struct is looked
// up under its own key; the original searched its leaves through the whole subtree, so that equal keys at two depths were mixed up.
import { Y3Error } from '../error.ts'
import { writeHeader } from '../header.ts'
import { ID_MASK, NODE_FLAG } from '../tag.ts'
import type { Shape } from './shape.ts'

export interface Field {
  readonly name: string
  readonly id: number
  readonly shape: Shape<unknown>
}

export type Struct = Record<string, unknown>

/** `fields` have distinct ids and names. */
export function struct(fields: readonly Field[]): Shape<Struct> {
  const byId: (Field | null)[] = new Array(ID_MASK + 1).fill(null)
  for (const field of fields) byId[field.id] = field

  // In the order of declaration whatever the order on the wire, so that every struct of one mold has one hidden class. A copy of it is
  // made in one step, where assigning name by name looks each of them up.
  const blank: Struct = {}
  for (const field of fields) blank[field.name] = undefined

  function fillZeros(value: Struct): Struct {
    for (const field of fields) if (value[field.name] === undefined) value[field.name] = field.shape.zero()
    return value
  }

  return {
    name: 'struct',
    flags: NODE_FLAG,
    outerFlags: NODE_FLAG,
    omitsEmpty: true,
    zero: () => fillZeros({ ...blank }),
    read(scan) {
      const { value: start, end, isNode } = scan.header
      if (!isNode && start !== end) throw scan.wrongKind('a struct')
      const value: Struct = { ...blank }
      /** How many fields came one after another as they are declared: all, usually, and then none is missing. */
      let inOrder = 0
      for (let at = start; at < end; ) {
        const header = scan.next(at, end)
        at = header.end
        const field = byId[header.id]
        if (!field) continue
        value[field.name] = field.shape.read(scan)
        if (field === fields[inOrder]) inOrder++
      }
      return inOrder === fields.length ? value : fillZeros(value)
    },
    write(tail, given, generation, place) {
      const value = given ?? {}
      if (typeof value !== 'object') throw new Y3Error('BAD_VALUE', `${place}: an object is expected`)
      for (let index = fields.length - 1; index >= 0; index--) {
        const { name, id, shape } = fields[index]!
        const before = tail.length
        shape.write(tail, value[name], generation, name)
        const length = tail.length - before
        if (length > 0 || !shape.omitsEmpty) writeHeader(tail, shape.flags | id, length)
      }
    },
  }
}
