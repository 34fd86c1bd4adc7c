// The content of a request, in all the shapes that undici takes. RFC 9110 section 6.4.
import { Buffer } from 'node:buffer'
import { type Dispatcher, errors, FormData, Response } from 'undici'

/** What there is to send. */
export interface RequestBody {
  /** Bytes, where that is known before it is sent. */
  readonly length: number | null
  /** All of it, where it is at hand. */
  readonly whole: Uint8Array | null
  /** A media type that the content brings with it. */
  readonly type: string | null
  /** Whether it can be sent from its beginning: again, or because nobody has begun to read it. */
  readonly isReplayable: boolean
  /** The content from its beginning; of what is not replayable, once. */
  chunks(): AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>
  /** The same, for a way that may never begin to read: what is given up unread stays whole. */
  forFallback(): Dispatcher.DispatchOptions['body']
  /** Nothing will be read any more. */
  destroy(error: Error): void
}

type Chunks = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>

/** Null where there is no content. Throws InvalidArgumentError. */
export function requestBody(body: unknown): RequestBody | null {
  if (body === undefined || body === null) return null
  if (typeof body === 'string') return bytesBody(Buffer.from(body))
  if (ArrayBuffer.isView(body)) return bytesBody(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  if (body instanceof ArrayBuffer) return bytesBody(Buffer.from(body))
  if (body instanceof FormData) return formBody(body)
  if (body instanceof Blob) return blobBody(body)
  if (isIterable(body)) return new StreamBody(body, null)
  throw new errors.InvalidArgumentError('body must be a string, a Buffer, a Readable stream, an iterable, or an async iterable')
}

function bytesBody(bytes: Buffer): RequestBody | null {
  if (bytes.length === 0) return null
  return {
    length: bytes.length,
    whole: bytes,
    type: null,
    isReplayable: true,
    chunks: () => [bytes],
    forFallback: () => bytes,
    destroy() {},
  }
}

function blobBody(blob: Blob): RequestBody {
  const chunks = (): Chunks => blob.stream()
  const type = blob.type === '' ? null : blob.type
  return { length: blob.size, whole: null, type, isReplayable: true, chunks, forFallback: () => onlyIterable(chunks), destroy() {} }
}

/** As multipart/form-data, whose boundary must be the same in the field and in the content. */
function formBody(form: FormData): RequestBody {
  const encoded = new Response(form)
  return new StreamBody(encoded.body!, encoded.headers.get('content-type'))
}

/** What can be read once. */
class StreamBody implements RequestBody {
  readonly length = null
  readonly whole = null
  readonly type: string | null
  readonly #stream: Chunks
  #begun = false

  constructor(stream: Chunks, type: string | null) {
    this.#stream = stream
    this.type = type
  }

  get isReplayable(): boolean {
    return !this.#begun
  }

  chunks(): Chunks {
    this.#begun = true
    return this.#stream
  }

  forFallback(): Dispatcher.DispatchOptions['body'] {
    return onlyIterable(() => this.chunks())
  }

  destroy(error: Error): void {
    const stream = this.#stream
    if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy(error)
  }
}

/** Undici destroys streams of requests that it gives up; what it sees of this has nothing to destroy until it is read. */
function onlyIterable(chunks: () => Chunks): Dispatcher.DispatchOptions['body'] {
  const iterable = {
    async *[Symbol.asyncIterator]() {
      for await (const chunk of chunks()) yield chunk
    },
  }
  // Undici takes async iterables; its types name Readable alone.
  return iterable as unknown as NonNullable<Dispatcher.DispatchOptions['body']>
}

function isIterable(value: unknown): value is Chunks {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
}
