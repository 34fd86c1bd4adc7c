// Header and trailer sections as everything here passes them on. RFC 9110 section 6.3, RFC 9114 section 4.2.

/**
 * Field lines in their order, names and values in turn: `[':status', '200', 'content-type', 'text/html']`. Names are in lower case, pseudo-header fields
 * come first; values hold bytes as Latin-1. One flat list, since that is what decoders write and what `rawHeaders` of Node is.
 */
export type FieldSection = readonly string[]

/** The value of the first field line of that name, which is given in lower case; undefined if there is none. */
export function fieldValue(fields: FieldSection, name: string): string | undefined {
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return fields[at + 1]
  return undefined
}
