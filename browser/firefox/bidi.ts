// A client of WebDriver BiDi (https://www.w3.org/TR/webdriver-bidi/): commands over a WebSocket, each answered under its id.

interface Command {
  resolve(result: unknown): void
  reject(error: Error): void
}

/** What the remote end sends, as far as it is looked at: events come as well, but none is subscribed to. */
interface Message {
  readonly type: 'success' | 'error' | 'event'
  readonly id: number | null
  readonly result?: unknown
  readonly error?: string
  readonly message?: string
}

export class BidiClient {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, Command>()
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(String(data)) as Message)
    socket.onclose = () => this.#fail(new Error('the browser closed the WebSocket that drives it'))
  }

  /** Connects to where the browser says that it listens. */
  static async connect(url: string): Promise<BidiClient> {
    const socket = new WebSocket(url)
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve()
      socket.onerror = () => reject(new Error(`${url} takes no WebSocket`))
    })
    return new BidiClient(socket)
  }

  /** Resolves to the command's result; rejects with the error's code and message. */
  command<T>(method: string, params: object): Promise<T> {
    const id = ++this.#lastId
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#waiting.set(id, { resolve, reject })
    this.#socket.send(JSON.stringify({ id, method, params }))
    return promise as Promise<T>
  }

  #receive({ type, id, result, error, message }: Message): void {
    const command = id === null ? undefined : this.#waiting.get(id)
    if (id === null || command === undefined) return
    this.#waiting.delete(id)
    if (type === 'success') command.resolve(result)
    else command.reject(new Error(`${error}: ${message}`))
  }

  #fail(error: Error): void {
    for (const command of this.#waiting.values()) command.reject(error)
    this.#waiting.clear()
  }
}
