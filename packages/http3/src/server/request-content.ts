// The content of a request as a stream of the web: read as it is asked for, and not waited for without end. https://streams.spec.whatwg.org
import { fieldValue } from '../core/fields/field-section.ts'
import type { Exchange } from './exchange.ts'

/** What a handler reads of one request. */
export class RequestContent {
  /** Nothing is taken ahead of its reader: what is not read is not credited. */
  readonly stream: ReadableStream<Uint8Array>
  readonly #arrived = Promise.withResolvers<void>()
  readonly #late = Promise.withResolvers<void>()
  readonly #exchange: Exchange
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null
  #isAwaited: boolean
  #isLate = false

  constructor(exchange: Exchange) {
    this.#exchange = exchange
    this.#isAwaited = expectsContinue(exchange)
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: (controller) => this.#read(controller),
        cancel: () => exchange.stopReading(),
      },
      { highWaterMark: 0 },
    )
  }

  /** Resolves when all of it was read. */
  get arrived(): Promise<void> {
    return this.#arrived.promise
  }

  /** Resolves when it took too long. */
  get late(): Promise<void> {
    return this.#late.promise
  }

  /** It took too long: who reads it gets an error. Who goes on sending until it is told again is cut off. */
  expire(): void {
    if (this.#isLate) this.#exchange.reset('H3_REQUEST_CANCELLED')
    else this.#expired()
  }

  #expired(): void {
    this.#isLate = true
    this.#late.resolve()
    this.#controller?.error(new DOMException('The content of the request did not arrive in time.', 'TimeoutError'))
  }

  async #read(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    // The handler wants it: now is the time to say so. RFC 9110 section 10.1.1.
    if (this.#isAwaited) this.#exchange.informational(100, [])
    this.#isAwaited = false
    const chunk = await this.#exchange.read()
    if (chunk !== null) return controller.enqueue(chunk)
    this.#arrived.resolve()
    controller.close()
  }
}

/** Whether the client waits for 100 before it sends the content. On HTTP/1.1 Node has said so already. */
function expectsContinue({ version, head }: Exchange): boolean {
  return version !== '1.1' && fieldValue(head.fields, 'expect')?.toLowerCase() === '100-continue'
}
