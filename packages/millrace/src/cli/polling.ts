// The flag of programs for which a processor may stay awake.

import { type Command, InvalidArgumentError } from 'commander'
import { MAX_BUSY_POLL_MICROS } from '../limits.ts'
import type { Timings } from '../transport.ts'
import { wholeNumber } from './numbers.ts'

export interface PollingFlags {
  readonly busyPoll?: number
}

export function withPolling(command: Command): Command {
  return command.option(
    '--busy-poll <us>',
    'microseconds to stay awake after each datagram: sooner at the next, for a busy processor',
    micros,
  )
}

export function timingsOf({ busyPoll }: PollingFlags): Timings {
  return { busyPollMicros: busyPoll }
}

function micros(text: string): number {
  const number = wholeNumber(text)
  if (number > MAX_BUSY_POLL_MICROS) throw new InvalidArgumentError(`It is at most ${MAX_BUSY_POLL_MICROS}.`)
  return number
}
