// Protocol Buffers by @bufbuild/protobuf. Its schema is made here as `protoc-gen-es` makes it when generated code is loaded: from a descriptor.
import { packagePeer } from '../peers/peer.ts'
import type { Codec } from './codec.ts'
import { FIELDS, type Kind, OBSERVED, READING, type Reading } from './reading.ts'

/** What is used of `@bufbuild/protobuf`. A message is a reading with `$typeName`. */
interface Protobuf {
  create(schema: Schema, value: object): Reading
  toBinary(schema: Schema, message: Reading): Uint8Array
  fromBinary(schema: Schema, bytes: Uint8Array): Reading
  createFileRegistry(descriptors: unknown): { getMessage(name: string): Schema | undefined }
}

interface WellKnownTypes {
  readonly FileDescriptorSetSchema: Schema
}

interface Schema {
  readonly typeName: string
}

/** FieldDescriptorProto.Type. */
const TYPES: Readonly<Record<Kind, number>> = { text: 9, integer: 17, float: 1, flag: 8 }

/** FieldDescriptorProto.Label. */
const OPTIONAL = 1

const PACKAGE = '@bufbuild/protobuf'

export const protobuf: Codec = {
  ...packagePeer(PACKAGE),
  async load() {
    const { create, toBinary, fromBinary, createFileRegistry } = (await import(PACKAGE as string)) as Protobuf
    const { FileDescriptorSetSchema } = (await import(`${PACKAGE}/wkt`)) as WellKnownTypes
    const field = Object.entries(FIELDS).map(([name, kind], index) => ({
      name,
      jsonName: name,
      number: index + 1,
      type: TYPES[kind],
      label: OPTIONAL,
    }))
    const file = { name: 'reading.proto', syntax: 'proto3', messageType: [{ name: 'Reading', field }] }
    const schema = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getMessage('Reading')!
    const message = create(schema, READING)
    const bytes = toBinary(schema, message)
    return {
      observe: () => fromBinary(schema, bytes)[OBSERVED],
      decode: () => fromBinary(schema, bytes),
      encode: () => toBinary(schema, message),
    }
  },
}
