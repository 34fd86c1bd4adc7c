// The command line of `npm run fuzz`.
import { parseArgs } from 'node:util'

export interface FuzzOptions {
  readonly help: boolean
  /** For all targets together. */
  readonly seconds: number
  /** Null is all of them. */
  readonly target: string | null
  readonly seed: number
  /** A file to run once; null for a search. */
  readonly input: string | null
}

/** Returns a sentence where the arguments make no sense. `names` are the targets that there are; `seed` is the one if none is given. */
export function readOptions(args: readonly string[], names: readonly string[], seed: number): FuzzOptions | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string', default: '60' },
        target: { type: 'string' },
        seed: { type: 'string', default: `${seed}` },
        input: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const { help, target = null, input = null } = values
    if (target !== null && !names.includes(target)) return `--target is one of ${names.join(', ')}`
    if (input !== null && target === null) return '--input needs --target'
    return { help, target, input, seconds: number('seconds', values.seconds, 86_400), seed: number('seed', values.seed, 0xffff_ffff) }
  } catch (error) {
    return (error as Error).message.split(/\.\s/)[0]!
  }
}

function number(name: string, text: string, most: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new RangeError(`--${name} is an integer from 1 to ${most}, not '${text}'`)
}
