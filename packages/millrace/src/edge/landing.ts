// A place in the chain where messages wait: a stage, or the output at the end.

import type { Gate } from '../gate.ts'
import type { Message } from '../protocol/message.ts'

export interface Landing {
  /** Nothing more should be put in: wait at the gate and look again. */
  readonly isFull: boolean
  readonly gate: Gate
  /** Takes responsibility for the message. Never refuses: `isFull` is for callers to look at, message by message. */
  push(message: Message): void
}
