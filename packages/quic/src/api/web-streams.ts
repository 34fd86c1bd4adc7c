// The Web Streams face of a stream.
import type { QuicStream } from './stream.ts'

export function readableOf(stream: QuicStream): ReadableStream<Uint8Array> {
  // Nothing is read ahead, as byte streams do by default: the stream's own window is the queue.
  return new ReadableStream({
    // A reader may bring memory of its own (BYOB), which spares making new.
    type: 'bytes',
    async pull(controller) {
      const request = controller.byobRequest
      const view = request?.view ?? null
      if (request === null || view === null) {
        const chunk = await stream.read()
        if (chunk === null) controller.close()
        else controller.enqueue(chunk as Uint8Array<ArrayBuffer>)
        return
      }
      const count = await stream.readInto(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
      if (count === null) controller.close()
      request.respond(count ?? 0)
    },
    cancel: () => stream.stopSending(0),
  })
}

export function writableOf(stream: QuicStream): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    write: (chunk) => stream.write(chunk),
    close: () => stream.end(),
    abort: () => stream.resetStream(0),
  })
}
