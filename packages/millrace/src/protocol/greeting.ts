// HELLO and WELCOME: who is there. REFUSED and GOODBYE: a code and a sentence (docs/protocol.md, section 3). Rare, so written for reading.

import { Reader, Writer } from '@millrace/bytes'
import { MillraceError } from '../error.ts'
import { MAX_CONTROL_BYTES, MAX_CREDENTIALS_BYTES, MAX_NAME_BYTES, MAX_OBSERVED_TAGS, MAX_REASON_BYTES, MAX_TAG } from '../limits.ts'

/** The version that this code speaks. */
export const VERSION = 1

/** Numbers of the roles on the wire. */
export const roleTable = { source: 1, plugin: 2, edge: 3, sink: 4 } as const

/** What a peer is to the other. */
export type Role = keyof typeof roleTable

/** Bytes of an instance: random, made when a peer's process starts, the same across its reconnections. */
export const INSTANCE_BYTES = 16

/** Who a peer says it is. */
export interface Greeting {
  readonly version: number
  readonly role: Role
  /** 16 random bytes that tell this run of the peer from every other. */
  readonly instance: Uint8Array
  readonly name: string
  /** Tags that a plugin wants to see; empty for other roles. */
  readonly observed: readonly number[]
  /** Reserved: empty in version 1. */
  readonly credentials: Uint8Array
}

/** Why a peer is refused or why it leaves. */
export interface Farewell {
  /** A `wire` number of the error table; 0 when nothing is wrong. */
  readonly code: number
  readonly reason: string
}

const roleOf: ReadonlyMap<number, Role> = new Map(Object.entries(roleTable).map(([role, number]) => [number, role as Role]))

export function encodeGreeting(greeting: Greeting): Uint8Array {
  const writer = new Writer(new Uint8Array(MAX_CONTROL_BYTES))
  writer.varint(greeting.version)
  writer.varint(roleTable[greeting.role])
  writer.bytes(greeting.instance)
  writeBlob(writer, Buffer.from(greeting.name))
  writer.varint(greeting.observed.length)
  for (const tag of greeting.observed) writer.varint(tag)
  writeBlob(writer, greeting.credentials)
  return writer.target.subarray(0, writer.offset)
}

/** Throws ERR_MILLRACE_VERSION before anything else is looked at, ERR_MILLRACE_MALFORMED, and BytesError when it is cut. */
export function decodeGreeting(body: Uint8Array): Greeting {
  const reader = new Reader(body)
  const version = reader.varint()
  if (version !== VERSION)
    throw new MillraceError('ERR_MILLRACE_VERSION', `version ${version} of the protocol; this side speaks ${VERSION}`)
  const role = roleOf.get(reader.varint())
  if (role === undefined) throw malformed('a role that does not exist')
  const instance = reader.copy(INSTANCE_BYTES)
  const name = readText(reader, MAX_NAME_BYTES, 'name')
  const count = reader.varint()
  if (count > MAX_OBSERVED_TAGS) throw malformed(`${count} observed tags, at most ${MAX_OBSERVED_TAGS} are taken`)
  const observed: number[] = []
  for (let index = 0; index < count; index++) {
    const tag = reader.varint()
    if (tag > MAX_TAG) throw malformed(`tag ${tag} is over ${MAX_TAG}`)
    observed.push(tag)
  }
  const credentials = readBlob(reader, MAX_CREDENTIALS_BYTES, 'credentials')
  return { version, role, instance, name, observed, credentials }
}

export function encodeFarewell(farewell: Farewell): Uint8Array {
  const writer = new Writer(new Uint8Array(MAX_REASON_BYTES + 16))
  writer.varint(farewell.code)
  writeBlob(writer, cut(farewell.reason))
  return writer.target.subarray(0, writer.offset)
}

/** Throws ERR_MILLRACE_MALFORMED, and BytesError when it is cut. */
export function decodeFarewell(body: Uint8Array): Farewell {
  const reader = new Reader(body)
  return { code: reader.varint(), reason: readText(reader, MAX_REASON_BYTES, 'reason') }
}

function cut(text: string): Uint8Array {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(MAX_REASON_BYTES))
  return new TextEncoder().encode(text.slice(0, read))
}

function writeBlob(writer: Writer, bytes: Uint8Array): void {
  writer.varint(bytes.length)
  writer.bytes(bytes)
}

function readBlob(reader: Reader, limit: number, what: string): Uint8Array {
  const length = reader.varint()
  if (length > limit) throw malformed(`${what} of ${length} bytes, at most ${limit} are taken`)
  return reader.copy(length)
}

function readText(reader: Reader, limit: number, what: string): string {
  const bytes = readBlob(reader, limit, what)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new MillraceError('ERR_MILLRACE_MALFORMED', `${what} is not UTF-8`, { cause })
  }
}

function malformed(sentence: string): MillraceError {
  return new MillraceError('ERR_MILLRACE_MALFORMED', sentence)
}
