// A tunnel on a stream of Node's: of HTTP/2, or a socket that was upgraded from HTTP/1.1. Capsules are all there is. RFC 9297 section 3.2.
import type { Duplex } from 'node:stream'
import { HttpError } from '../session/error.ts'
import type { CapsuleStream } from './capsule-stream.ts'

/** Reads and writes at the pace of the other side. */
export class DuplexTunnel implements CapsuleStream {
  ondatagram: ((payload: Uint8Array) => void) | undefined
  readonly maxDatagramSize = 0
  readonly #duplex: Duplex
  #chunks: AsyncIterator<Uint8Array> | null = null

  constructor(duplex: Duplex) {
    this.#duplex = duplex
    // What goes wrong is told to the reader.
    duplex.on('error', () => undefined)
  }

  sendDatagram(): boolean {
    return false
  }

  async read(): Promise<Uint8Array | null> {
    this.#chunks ??= this.#duplex.iterator({ destroyOnReturn: false })
    try {
      const { done, value } = await this.#chunks.next()
      return done === true ? null : value
    } catch (cause) {
      throw new HttpError('The peer gave up the tunnel, or its connection was lost.', { code: 'ERR_HTTP3_RESET', cause })
    }
  }

  writeSync(chunk: Uint8Array): boolean {
    this.#checkOpen()
    return this.#duplex.write(chunk)
  }

  drained(): Promise<void> {
    const duplex = this.#duplex
    return new Promise((resolve, reject) => {
      if (!duplex.writableNeedDrain) return resolve()
      const settle = (): void => {
        duplex.off('drain', settle).off('close', settle)
        if (duplex.destroyed) reject(gone())
        else resolve()
      }
      duplex.on('drain', settle).on('close', settle)
    })
  }

  end(): void {
    this.#checkOpen()
    this.#duplex.end()
  }

  /** There is no such word in HTTP/1.1 or 2: what still comes is let go, and the whole ends once our side is written. */
  stopSending(): void {
    const duplex = this.#duplex
    const finish = (): unknown => duplex.destroy()
    if (duplex.writableFinished) finish()
    else duplex.once('finish', finish)
  }

  /** To HTTP/2 it is a reset, with INTERNAL_ERROR: a code of HTTP/3's own would say nothing there. RFC 9113 section 5.4.2. */
  destroy(): void {
    this.#duplex.destroy(gone())
  }

  #checkOpen(): void {
    if (!this.#duplex.writable) throw gone()
  }
}

function gone(): HttpError {
  return new HttpError('The tunnel has ended.', { code: 'ERR_HTTP3_CLOSED' })
}
