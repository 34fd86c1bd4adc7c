// Writes to a stream, whole ones among them. W3C WebTransport, "WebTransportWriter Interface".
import { AtomicChunk } from './atomic-writes.ts'

/** What `getWriter()` of a sending stream gives. */
export class WebTransportWriter extends WritableStreamDefaultWriter<ArrayBuffer | ArrayBufferView> {
  /**
   * Writes the chunk if flow control lets all of it go at once; else rejects with AbortError, and nothing of it is sent. Atomic writes that wait behind one that is
   * refused are refused with it; if others wait there, the stream fails.
   */
  async atomicWrite(chunk?: ArrayBuffer | ArrayBufferView): Promise<undefined> {
    const request = new AtomicChunk(chunk)
    await this.write(request as unknown as ArrayBuffer)
    if (request.refused !== null) throw request.refused
  }
}
