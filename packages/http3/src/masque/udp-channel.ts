// UDP payloads on a request stream: in HTTP datagrams, or in capsules where those have no room. RFC 9298 section 5, RFC 9297 section 3.5.
import { BytesError, Reader } from '@millrace/bytes'
import { DATAGRAM_CAPSULE, encodeCapsule } from '../core/capsules/capsule.ts'
import { CapsuleReader } from '../core/capsules/capsule-reader.ts'
import { Http3Error } from '../core/wire/http3-error.ts'
import type { Http3Stream } from '../session/http3-stream.ts'
import { MAX_QUEUED, MAX_UDP_PAYLOAD } from './limits.ts'

/** The context of UDP payloads; others are nobody's here, and dropped. RFC 9298 section 4. */
const UDP_CONTEXT = 0

const MAX_VARINT = 8

/** UDP payloads, both ways, on one request stream. */
export class UdpChannel {
  readonly #stream: Http3Stream
  #queued = 0

  /** `received` hears each payload, which is only lent. */
  constructor(stream: Http3Stream, received: (payload: Uint8Array) => void) {
    this.#stream = stream
    stream.ondatagram = (datagram) => take(datagram, received)
    void this.#readCapsules(received)
  }

  /** Sends a payload, at most once. False: it was dropped. */
  send(payload: Uint8Array): boolean {
    const datagram = new Uint8Array(1 + payload.length)
    datagram[0] = UDP_CONTEXT
    datagram.set(payload, 1)
    return this.#stream.sendDatagram(datagram) || this.#sendCapsule(datagram)
  }

  /** Larger than fits: on the stream it arrives nevertheless. */
  #sendCapsule(datagram: Uint8Array): boolean {
    if (this.#queued >= MAX_QUEUED) return false
    const capsule = encodeCapsule(DATAGRAM_CAPSULE, datagram)
    try {
      if (!this.#stream.writeSync(capsule)) {
        this.#queued += capsule.length
        const drained = (): void => {
          this.#queued -= capsule.length
        }
        this.#stream.drained().then(drained, drained)
      }
      return true
    } catch {
      // The tunnel has ended, which its owner hears of.
      return false
    }
  }

  async #readCapsules(received: (payload: Uint8Array) => void): Promise<void> {
    const reader = new CapsuleReader({
      largest: (type) => (type === DATAGRAM_CAPSULE ? MAX_VARINT + MAX_UDP_PAYLOAD : undefined),
      capsule: (_type, datagram) => take(datagram, received),
    })
    try {
      for await (const chunk of this.#stream) reader.push(chunk)
      reader.finish()
      this.#stream.end()
    } catch (error) {
      this.#stream.destroy(error instanceof Http3Error ? error.code : 'H3_CONNECT_ERROR')
    }
  }
}

function take(datagram: Uint8Array, received: (payload: Uint8Array) => void): void {
  const reader = new Reader(datagram)
  try {
    if (reader.varint() === UDP_CONTEXT) received(reader.view(reader.remaining))
  } catch (error) {
    if (!(error instanceof BytesError)) throw error
  }
}
