// A plugin at work for one edge: reads the flows that the edge opens, gives each message to the worker, writes its answers back. A flow that
// the worker is slow on is not read, and the edge hears of it through QUIC's flow control.

import type { QuicStream } from '@millrace/quic'
import { MillraceError } from '../error.ts'
import type { Peer } from '../peer.ts'
import { FlowReader } from '../protocol/flow.ts'
import { FrameReader } from '../protocol/frame-reader.ts'
import { FrameSender } from '../protocol/frame-sender.ts'
import { Answers } from './answers.ts'
import { HandleWorker } from './handle.ts'
import { PipeWorker } from './pipe.ts'
import type { Work, Worker } from './work.ts'

export class PluginSession {
  readonly #peer: Peer
  /** Handles are ordered within a flow alone, so each flow has a worker; a pipeline is one for them all. */
  readonly #worker: () => Worker
  readonly #flows: Set<Promise<void>> = new Set()

  constructor(peer: Peer, work: Work) {
    this.#peer = peer
    const { work: kind } = work.plugin
    if (kind.type === 'handle') this.#worker = () => new HandleWorker(work, kind.handle)
    else {
      const pipeline = new PipeWorker(work, kind.pipe)
      this.#worker = () => pipeline
      void peer.closed.then(() => pipeline.stop())
    }
    peer.onflow = (stream) => this.#begin(stream)
    peer.ongoodbye = () => void this.#leave()
  }

  /** Asks the edge for nothing more, finishes what it has sent, and closes. */
  async close(): Promise<void> {
    this.#peer.goodbye('the plugin is closing')
    await this.#leave()
  }

  async #leave(): Promise<void> {
    await Promise.allSettled([...this.#flows])
    await this.#peer.close()
  }

  #begin(stream: QuicStream): void {
    const flow = this.#serve(stream).catch((error: unknown) => this.#peer.fail(error))
    this.#flows.add(flow)
    void flow.then(() => this.#flows.delete(flow))
  }

  async #serve(stream: QuicStream): Promise<void> {
    const flow = new FlowReader()
    const frames = new FrameReader('forth')
    const sender = new FrameSender(stream)
    const answers = new Answers(sender)
    const worker = this.#worker()
    for await (const chunks of stream) {
      for (const chunk of chunks) {
        frames.push(chunk)
        while (frames.next()) {
          const message = flow.take(frames)
          if (message === null) continue
          const busy = worker.take({ answers, sequence: flow.sequence, message })
          if (busy !== null) await busy
          if (sender.congested) await sender.drained()
        }
      }
    }
    if (frames.unfinished > 0) throw new MillraceError('ERR_MILLRACE_MALFORMED', 'a flow ends within a frame')
    await worker.settled()
    answers.flush()
    await sender.end()
  }
}
