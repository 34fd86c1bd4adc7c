// Reading a half of a flow: FLOW and messages on the way forth, results and acknowledgements on the way back (docs/protocol.md, section 4).

import { Reader } from '@millrace/bytes'
import { MillraceError } from '../error.ts'
import { LANES } from '../limits.ts'
import { frameTable } from './frame.ts'
import type { FrameReader } from './frame-reader.ts'
import { type Message, readMessage } from './message.ts'

/** Reads the messages of one flow in order. The stream carries no sequence: FLOW names the first, each message is one more. */
export class FlowReader {
  /** Lane of the flow, once FLOW has been read; -1 before. */
  lane = -1
  /** Sequence of the message that was read last. */
  sequence = 0
  readonly #reader: Reader = new Reader(new Uint8Array(0))

  /** The message in the current frame, or null if it holds none. Throws MillraceError and BytesError. */
  take(frame: FrameReader): Message | null {
    const reader = this.#reader.reset(frame.bytes, frame.start, frame.end)
    if (frame.type === frameTable.MESSAGE.type) {
      if (this.lane === -1) throw new MillraceError('ERR_MILLRACE_UNEXPECTED', 'a message before its flow was named')
      const message = readMessage(reader)
      this.sequence++
      return message
    }
    if (frame.type === frameTable.FLOW.type) this.#begin(reader)
    return null
  }

  #begin(reader: Reader): void {
    if (this.lane !== -1) throw new MillraceError('ERR_MILLRACE_UNEXPECTED', 'a flow is named twice')
    const lane = reader.varint()
    const first = reader.varint()
    if (lane >= LANES) throw new MillraceError('ERR_MILLRACE_MALFORMED', `lane ${lane}; there are ${LANES}`)
    if (first === 0) throw new MillraceError('ERR_MILLRACE_MALFORMED', 'sequences begin with 1')
    this.lane = lane
    this.sequence = first - 1
  }
}

/** One frame of the way back. The same object is filled again and again. */
export class Answer {
  /** The message that is answered; all before it are finished, whatever the answer. */
  sequence = 0
  kind: 'result' | 'pass' | 'acknowledgement' = 'acknowledgement'
  /** Nothing more comes of the message. */
  final = true
  /** What came of the message, for `result`. */
  message: Message | null = null
  readonly #reader: Reader = new Reader(new Uint8Array(0))

  /** False for a frame that answers nothing. Throws MillraceError and BytesError. */
  read(frame: FrameReader): boolean {
    const reader = this.#reader.reset(frame.bytes, frame.start, frame.end)
    switch (frame.type) {
      case frameTable.RESULT.type:
        this.kind = 'result'
        this.sequence = reader.varint()
        this.final = reader.u8() === 1
        this.message = readMessage(reader)
        return true
      case frameTable.PASS.type:
      case frameTable.ACK.type:
        this.kind = frame.type === frameTable.PASS.type ? 'pass' : 'acknowledgement'
        this.sequence = reader.varint()
        this.final = true
        this.message = null
        return true
      default:
        return false
    }
  }
}
