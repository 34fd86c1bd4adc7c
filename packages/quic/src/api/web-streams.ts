// The Web Streams face of a stream.
import type { QuicStream } from './stream.ts'

export function readableOf(stream: QuicStream): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await stream.read()
        if (chunk === null) controller.close()
        else controller.enqueue(chunk)
      },
      cancel: () => stream.stopSending(0),
    },
    // Nothing is read ahead: the stream's own window is the queue.
    { highWaterMark: 0 },
  )
}

export function writableOf(stream: QuicStream): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    write: (chunk) => stream.write(chunk),
    close: () => stream.end(),
    abort: () => stream.resetStream(0),
  })
}
