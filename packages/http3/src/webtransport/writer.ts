// Writes to a stream, whole ones and lasting ones among them. W3C WebTransport, "WebTransportWriter Interface".
import { AtomicChunk } from './atomic-writes.ts'

/** What `getWriter()` of a sending stream gives. */
export class WebTransportWriter extends WritableStreamDefaultWriter<ArrayBuffer | ArrayBufferView> {
  readonly #commit: () => void

  /** Made by streams alone. */
  constructor(stream: WritableStream<ArrayBuffer | ArrayBufferView>, commit: () => void) {
    super(stream)
    this.#commit = commit
  }

  /**
   * Writes the chunk if flow control lets all of it go at once; else rejects with AbortError, and nothing of it is sent. Atomic writes that wait behind one that is
   * refused are refused with it; if others wait there, the stream fails.
   */
  async atomicWrite(chunk?: ArrayBuffer | ArrayBufferView): Promise<undefined> {
    const request = new AtomicChunk(chunk)
    await this.write(request as unknown as ArrayBuffer)
    if (request.refused !== null) throw request.refused
  }

  /**
   * What has been written by now arrives though the stream be aborted later, where the peer takes resets that deliver a beginning
   * (draft-ietf-quic-reliable-stream-reset); with others it is lost as the rest.
   */
  commit(): undefined {
    this.#commit()
  }
}
