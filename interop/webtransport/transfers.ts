// Our end of the transfer cases: asks for files, and gives those that it is asked for. The interop runner's WebTransport cases.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { WebTransportSession } from '@millrace/http3'

export type Over = 'unidirectional' | 'bidirectional' | 'datagram'

/** Milliseconds after which a datagram that was not answered is asked for again. */
const AGAIN = 300

/** More files may be asked for than the peer allows streams at once. */
const PATIENT = { waitUntilAvailable: true }

/** One session: what it asks for arrives in `received`, what it is asked for comes from a folder. */
export class Transfers {
  /** SHA-256 of each file, in hexadecimal. */
  readonly received: Map<string, string> = new Map()
  /** What the peer says that it received. */
  readonly digests: PromiseWithResolvers<Readonly<Record<string, string>>> = Promise.withResolvers()
  readonly #session: WebTransportSession
  readonly #folder: string
  #arrived: (() => void) | null = null

  constructor(session: WebTransportSession, folder: string) {
    this.#session = session
    this.#folder = folder
    for (const work of [this.#unidirectional(), this.#bidirectional(), this.#datagrams()]) work.catch(() => undefined)
  }

  /** Asks for the files, and resolves when all have come. */
  async fetch(names: readonly string[], over: Over): Promise<void> {
    const asked = names.map((name) => this.#ask(name, over))
    await Promise.all(asked)
    while (names.some((name) => !this.received.has(name))) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#arrived = resolve
      const timer = setTimeout(resolve, AGAIN)
      await promise
      clearTimeout(timer)
      if (over === 'datagram') for (const name of names) if (!this.received.has(name)) await this.#ask(name, over)
    }
  }

  async #ask(name: string, over: Over): Promise<void> {
    const request = Buffer.from(`GET ${name}`)
    if (over === 'datagram') await write(this.#session.datagrams.createWritable(), request)
    else if (over === 'unidirectional') await write(await this.#session.createUnidirectionalStream(PATIENT), request)
    else {
      const { readable, writable } = await this.#session.createBidirectionalStream(PATIENT)
      await write(writable, request)
      this.#keep(name, await bytes(readable))
    }
  }

  async #unidirectional(): Promise<void> {
    for await (const readable of this.#session.incomingUnidirectionalStreams) {
      const answered = bytes(readable).then(async (message) => {
        const answer = this.#answer(message)
        if (answer !== null) await write(await this.#session.createUnidirectionalStream(PATIENT), answer)
      })
      // What does not arrive is missed by who wanted it.
      answered.catch(() => undefined)
    }
  }

  async #bidirectional(): Promise<void> {
    for await (const { readable, writable } of this.#session.incomingBidirectionalStreams) {
      const answered = bytes(readable).then((message) => write(writable, this.#file(message.subarray(4).toString())))
      answered.catch(() => undefined)
    }
  }

  async #datagrams(): Promise<void> {
    for await (const message of this.#session.datagrams.readable) {
      const answer = this.#answer(Buffer.from(message))
      if (answer !== null) await write(this.#session.datagrams.createWritable(), answer)
    }
  }

  /** What a message asks for, ready to be sent; null for one that answers. */
  #answer(message: Buffer): Buffer | null {
    const text = message.toString('latin1', 0, 300)
    if (text.startsWith('GET ')) {
      const name = message.subarray(4).toString()
      return Buffer.concat([Buffer.from(`PUSH ${name}\n`), this.#file(name)])
    }
    if (text.startsWith('PUSH ')) {
      const end = message.indexOf('\n')
      this.#keep(message.toString('utf8', 5, end), message.subarray(end + 1))
    }
    if (text.startsWith('DIGESTS ')) this.digests.resolve(JSON.parse(message.toString('utf8', 8)))
    return null
  }

  #file(name: string): Buffer {
    return readFileSync(join(this.#folder, basename(name)))
  }

  #keep(name: string, content: Buffer): void {
    this.received.set(name, digestOf(content))
    this.#arrived?.()
  }
}

export function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

async function bytes(readable: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of readable) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function write(writable: WritableStream<ArrayBufferView>, content: Uint8Array): Promise<void> {
  const writer = writable.getWriter()
  await writer.write(content)
  await writer.close()
}
