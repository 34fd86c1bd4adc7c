// A struct: a node with a packet per field, in the order of declaration. Empty strings, bytes and structs are left out when encoding; whatever is
// absent when decoding gets its zero value. Of several packets with one key the last counts, unknown keys are stepped over. A nested struct is looked
// up under its own key; the original searched its leaves through the whole subtree, so that equal keys at two depths were mixed up.
import { Y3Error } from '../error.ts'
import { LARGEST_SHORT, writeHeader } from '../header.ts'
import type { Encoding } from '../numbers.ts'
import { type Generation, refused } from '../primitive.ts'
import { ID_MASK, NODE_FLAG } from '../tag.ts'
import type { Tail } from '../tail.ts'
import { rememberingText } from '../text.ts'
import { blankOf, type Struct } from './blank.ts'
import type { Scan, Shape } from './shape.ts'

export interface Field {
  readonly name: string
  readonly id: number
  readonly shape: Shape<unknown>
}

/** `fields` have distinct ids and names. */
export function struct(fields: readonly Field[]): Shape<Struct> {
  const plan = new Plan(fields)
  return {
    name: 'struct',
    flags: NODE_FLAG,
    outerFlags: NODE_FLAG,
    omitsEmpty: true,
    primitive: null,
    zero: () => fillZeros(fields, { ...plan.blank }),
    read(scan) {
      const { isNode, value, end } = scan.header
      if (!isNode && value !== end) throw scan.wrongKind('a struct')
      return readFields(plan, scan)
    },
    write(tail, given, generation, place) {
      const value = given ?? {}
      if (typeof value !== 'object') throw new Y3Error('BAD_VALUE', `${place}: an object is expected`)
      writeFields(plan, tail, value, generation)
    },
  }
}

/** What is known of the fields beforehand, field by field in arrays, so that each is one look away. */
class Plan {
  readonly fields: readonly Field[]
  readonly blank: Struct
  readonly names: readonly string[]
  /** By id, the index of the field; `fields.length` for those that no field has. */
  readonly indexes: Uint8Array
  /** By generation and index: how a scalar is read and written, null where there is none, and behind the last one. */
  readonly encodings: Readonly<Record<Generation, readonly (Encoding<unknown> | null)[]>>

  constructor(fields: readonly Field[]) {
    this.fields = fields
    this.names = fields.map(({ name }) => name)
    this.blank = blankOf(this.names)
    this.indexes = new Uint8Array(ID_MASK + 1).fill(fields.length)
    for (const [index, { id }] of fields.entries()) this.indexes[id] = index
    this.encodings = { golang: encodingsOf(fields, 'golang'), 'y3-v1': encodingsOf(fields, 'y3-v1') }
  }
}

function encodingsOf(fields: readonly Field[], generation: Generation): (Encoding<unknown> | null)[] {
  const encodings = fields.map(({ shape: { primitive } }) => {
    if (primitive === null) return null
    const encoding = primitive[generation]
    return primitive.type === 'string' ? { ...encoding, read: rememberingText() } : encoding
  })
  return [...encodings, null]
}

function readFields(plan: Plan, scan: Scan): Struct {
  const { fields, names, indexes } = plan
  const encodings = plan.encodings[scan.generation]
  const { bytes, header } = scan
  const { value: start, end } = header
  const value: Struct = { ...plan.blank }
  /** How many fields came one after another as they are declared: all, usually, and then none is missing. */
  let inOrder = 0
  for (let at = start; at < end; ) {
    scan.count(at)
    const tag = bytes[at]!
    const length = bytes[at + 1]!
    const index = indexes[tag & ID_MASK]!
    const encoding = encodings[index]!
    // Most fields are short scalars, whose header is read here.
    if (encoding !== null && tag < NODE_FLAG && length <= LARGEST_SHORT && length <= end - at - 2) {
      value[names[index]!] = encoding.read(bytes, at + 2, at + 2 + length)
      at += 2 + length
    } else {
      at = header.read(bytes, at, end).end
      if (index === fields.length) continue
      value[names[index]!] = fields[index]!.shape.read(scan)
    }
    if (index === inOrder) inOrder++
  }
  return inOrder === fields.length ? value : fillZeros(fields, value)
}

function fillZeros(fields: readonly Field[], value: Struct): Struct {
  for (const { name, shape } of fields) if (value[name] === undefined) value[name] = shape.zero()
  return value
}

function writeFields({ fields, encodings }: Plan, tail: Tail, value: Struct, generation: Generation): void {
  for (let index = fields.length - 1; index >= 0; index--) {
    const { name, id, shape } = fields[index]!
    const encoding = encodings[generation][index]!
    const before = tail.length
    const given = value[name]
    if (encoding === null || given === undefined || given === null) shape.write(tail, given, generation, name)
    else {
      const refusal = encoding.write(tail, given)
      if (refusal !== null) throw refused(given, refusal, name)
    }
    const length = tail.length - before
    if (length > 0 || !shape.omitsEmpty) writeHeader(tail, shape.flags | id, length)
  }
}
