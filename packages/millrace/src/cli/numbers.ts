// Numbers on the command line.

import { InvalidArgumentError } from 'commander'

/** A whole number, 0 or more. Throws commander's error, which names the option. */
export function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0 || text.trim() === '') throw new InvalidArgumentError('It is a whole number, 0 or more.')
  return number
}
