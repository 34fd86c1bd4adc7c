// Text of a peer's, fit for a terminal and for a line of a log.

/** Control and format characters, and the separators of lines: what moves the cursor, colours, reverses or breaks lines (CVE-2025-58189). */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Escapes as in a JavaScript string: `\u{1b}`. A backslash is escaped too, so that nobody takes what was sent for an escape. */
export function printable(text: string): string {
  return text.replaceAll('\\', '\\\\').replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)
}
