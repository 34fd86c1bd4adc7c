// The first byte of a packet: node flag, array flag, and an id of six bits. Draft-01 of the specification calls the id "sequence id"; users call it key.
import { Y3Error } from './error.ts'

/** Set when the value is a run of packets. */
export const NODE_FLAG = 0x80
/** Set beside the node flag when the children are items of a list; their ids are 0. */
export const ARRAY_FLAG = 0x40
export const ID_MASK = 0x3f

/** Tag of the node that `marshal` wraps everything in: a node with id 1. */
export const ROOT_TAG = 0x81
/** Lowest id that a signal may have: signals stand in the root, before the data. */
export const FIRST_SIGNAL_ID = 0x02
/** Lowest id that user data may have; 0x00 marks list items, 0x01 the root, 0x02 to 0x0F signals. */
export const FIRST_USER_ID = 0x10

/** A key as a number, or as hexadecimal digits: `0x11`, `'0x11'`, `'0X11'` and `'11'` are one key. */
export type Key = number | string

const DIGITS = /^(?:0x)?([0-9a-f]{1,2})$/i

/** Reads a key. Throws BAD_KEY unless it is an integer from 0x00 to 0x3F. */
export function parseKey(key: Key): number {
  return typeof key === 'number' && (key & ID_MASK) === key ? key : parseDigits(key)
}

/** Reads a key of user data. Throws BAD_KEY unless it is an integer from 0x10 to 0x3F. */
export function parseUserKey(key: Key): number {
  const id = parseKey(key)
  if (id < FIRST_USER_ID) throw new Y3Error('BAD_KEY', `${show(key)} is reserved: keys of user data are 0x10 to 0x3F`)
  return id
}

function parseDigits(key: Key): number {
  const id = typeof key === 'string' ? Number.parseInt(DIGITS.exec(key)?.[1] ?? '', 16) : Number.NaN
  if (id >= 0 && id <= ID_MASK) return id
  throw new Y3Error(
    'BAD_KEY',
    `${show(key)} is not a key: a key is a number from 0x00 to 0x3F, or such a number in hexadecimal as a string`,
  )
}

function show(key: Key): string {
  return typeof key === 'string'
    ? JSON.stringify(key)
    : Number.isInteger(key) && key >= 0
      ? `0x${key.toString(16).padStart(2, '0')}`
      : String(key)
}
