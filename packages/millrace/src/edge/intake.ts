// One source's way into the chain. A message is confirmed when, and only when, the chain has taken it; while there is no room for it the
// stream is not read, and QUIC's flow control holds the device back.

import type { QuicStream } from '@millrace/quic'
import { MillraceError } from '../error.ts'
import type { Gate } from '../gate.ts'
import type { Peer } from '../peer.ts'
import { FlowReader } from '../protocol/flow.ts'
import { FrameReader } from '../protocol/frame-reader.ts'
import { FrameSender } from '../protocol/frame-sender.ts'
import type { Message } from '../protocol/message.ts'
import type { Lanes } from './accepted.ts'
import type { Chain } from './chain.ts'

export class Intake {
  readonly peer: Peer
  readonly #chain: Chain
  readonly #accepted: Lanes
  readonly #senders: Set<FrameSender> = new Set()
  #isStopped = false
  /** Messages taken from this connection. */
  taken = 0

  constructor(peer: Peer, chain: Chain, accepted: Lanes) {
    this.peer = peer
    this.#chain = chain
    this.#accepted = accepted
    peer.onflow = (stream) => void this.#read(stream).catch((error: unknown) => peer.fail(error))
    void peer.closed.then(() => {
      this.#isStopped = true
    })
  }

  /** Takes nothing more. What comes yet is not confirmed, so that the source keeps it for the next edge. */
  async close(reason: string): Promise<void> {
    this.#isStopped = true
    this.peer.goodbye(reason)
    for (const sender of this.#senders) void sender.end()
    await this.peer.close(reason)
  }

  async #read(stream: QuicStream): Promise<void> {
    const sender = new FrameSender(stream)
    this.#senders.add(sender)
    try {
      await this.#readMessages(stream, sender)
    } finally {
      // However the flow ends: as long as this half is open, so is the connection.
      this.#senders.delete(sender)
      void sender.end()
    }
  }

  /** Returns when the source has ended the flow, or the intake is stopped; leaving the loop early tells the source to stop sending. */
  async #readMessages(stream: QuicStream, sender: FrameSender): Promise<void> {
    const flow = new FlowReader()
    const frames = new FrameReader('forth')
    for await (const chunks of stream) {
      let isConfirmationDue = false
      for (const chunk of chunks) {
        frames.push(chunk)
        while (frames.next()) {
          const message = flow.take(frames)
          if (message === null) continue
          if (this.#isStopped) return
          isConfirmationDue ||= message.wantsAcknowledgement
          const gate = this.#take(flow, message)
          if (gate === null) continue
          // What was taken before this one must not wait for its confirmation until there is room.
          if (isConfirmationDue) this.#confirm(sender, flow.lane)
          if (!(await this.#takeLater(flow, message, gate))) return
        }
      }
      if (isConfirmationDue) this.#confirm(sender, flow.lane)
      if (sender.congested) await sender.drained()
    }
    if (frames.unfinished > 0) throw new MillraceError('ERR_MILLRACE_MALFORMED', 'a flow ends within a frame')
  }

  /** Offers a message to the chain, unless it was accepted before. Looking and taking are one step: two streams of a source may race. */
  #take(flow: FlowReader, message: Message): Gate | null {
    const { lane, sequence } = flow
    if (sequence <= this.#accepted[lane]!) return null
    // Towards a plugin everything is kept until it is finished, also what a source would have let go.
    const gate = this.#chain.offer(message.wantsAcknowledgement ? message : { ...message, wantsAcknowledgement: true })
    if (gate !== null) return gate
    this.#accepted[lane] = sequence
    this.taken++
    return null
  }

  /** False: the intake was stopped while the message waited, and it was not taken. */
  async #takeLater(flow: FlowReader, message: Message, closed: Gate): Promise<boolean> {
    for (let gate: Gate | null = closed; gate !== null; gate = this.#take(flow, message)) {
      await gate.wait()
      if (this.#isStopped) return false
    }
    return true
  }

  #confirm(sender: FrameSender, lane: number): void {
    const through = this.#accepted[lane]!
    if (through === 0) return
    sender.batch.acknowledge(through)
    sender.flush()
  }
}
