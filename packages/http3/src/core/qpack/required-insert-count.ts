// The Required Insert Count as it travels: modulo twice the entries that the table can have. RFC 9204 section 4.5.1.1.
import { ENTRY_OVERHEAD } from './dynamic-table.ts'

/** Entries that a table of that capacity, the maximum that the decoder allowed, can have. */
export function maxEntries(maxTableCapacity: number): number {
  return Math.floor(maxTableCapacity / ENTRY_OVERHEAD)
}

/** What the prefix of a field section says for this count. */
export function encodeInsertCount(required: number, entries: number): number {
  return required === 0 ? 0 : (required % (2 * entries)) + 1
}

/** The count that was meant, by one who has seen `inserted` insertions; null if no encoder that keeps the rules could have written this. */
export function decodeInsertCount(encoded: number, entries: number, inserted: number): number | null {
  if (encoded === 0) return 0
  const fullRange = 2 * entries
  if (encoded > fullRange) return null
  const highest = inserted + entries
  const required = Math.floor(highest / fullRange) * fullRange + encoded - 1
  const unwrapped = required > highest ? required - fullRange : required
  // A count is positive, and 0 is written as 0.
  return unwrapped > 0 ? unwrapped : null
}
