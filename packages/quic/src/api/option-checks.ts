// How options are checked, with messages that name the option and its range.
import { QuicError } from './error.ts'

export interface Range {
  readonly least: number
  readonly most: number
  readonly default: number
}

export function number(option: string, value: number | undefined, range: Range): number {
  if (value === undefined) return range.default
  if (Number.isInteger(value) && value >= range.least && value <= range.most) return value
  throw wrong(option, `is ${String(value)}; it must be a whole number from ${range.least} to ${range.most}`)
}

export function flag(option: string, value: boolean | undefined, byDefault: boolean): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? byDefault
  throw wrong(option, `is ${String(value)}; it must be true or false`)
}

export function wrong(option: string, sentence: string): QuicError {
  return new QuicError(`Option ${option} ${sentence}.`, { code: 'ERR_QUIC_OPTION' })
}
