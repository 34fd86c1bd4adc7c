// UDP payloads on a request stream, in HTTP datagrams or in capsules: alike for client and proxy. RFC 9298 section 5, RFC 9297.

import { DATAGRAM_CAPSULE, encodeCapsule } from '../core/capsules/capsule.ts'
import { CapsuleReader } from '../core/capsules/capsule-reader.ts'
import { MAX_UDP_PAYLOAD } from '../core/masque/limits.ts'
import { CONTEXT_SIZE, decodeUdpDatagram, encodeUdpDatagram, MAX_UDP_DATAGRAM } from '../core/masque/udp-datagram.ts'
import { Http3Error } from '../core/wire/http3-error.ts'
import { HttpError, protocolError } from '../session/error.ts'
import type { CapsuleStream } from './capsule-stream.ts'
import { MAX_EARLY_BYTES, MAX_EARLY_DATAGRAMS, MAX_RELIABLE_PAYLOAD } from './limits.ts'

/** Whose payloads they are. */
export interface FlowOwner {
  /** A payload has arrived; it is the owner's to keep. */
  received(payload: Uint8Array): void
  /** The peer has ended the stream (null), or it broke. Once, and not for what this side ended. */
  ended(error: Error | null): void
}

export class UdpFlow {
  readonly #stream: CapsuleStream
  #owner: FlowOwner | null = null
  /** What came before there was an owner. */
  #early: Uint8Array[] = []
  #earlyBytes = 0
  /** Capsules wait: what does not go as a datagram is dropped until they have gone. */
  #full = false
  #ended = false

  /** Takes the stream's datagrams from now on, and keeps a few until `begin`. */
  constructor(stream: CapsuleStream) {
    this.#stream = stream
    const arrived = (datagram: Uint8Array): void => this.#datagram(datagram)
    stream.ondatagram = arrived
  }

  /** Bytes of the largest payload that `send` takes now. */
  get maxSize(): number {
    const largest = this.#stream.maxDatagramSize
    return largest === 0 ? MAX_UDP_PAYLOAD : Math.max(MAX_RELIABLE_PAYLOAD, largest - CONTEXT_SIZE)
  }

  /** The stream is a tunnel: reads its capsules, and hands on what arrives. */
  begin(owner: FlowOwner): void {
    this.#owner = owner
    for (const payload of this.#early.splice(0)) if (!this.#ended) owner.received(payload)
    void this.#readCapsules()
  }

  /** Sends a payload, which is only lent. False if it is dropped: too large, too much waits, or the stream has ended. */
  send(payload: Uint8Array): boolean {
    if (this.#ended || payload.length > this.maxSize) return false
    const fits = CONTEXT_SIZE + payload.length <= this.#stream.maxDatagramSize
    if (!fits && this.#full) return false
    const datagram = encodeUdpDatagram(payload)
    return fits ? this.#stream.sendDatagram(datagram) : this.#sendCapsule(datagram)
  }

  /** This side has done with the tunnel. */
  end(): void {
    if (this.#ended) return
    this.#stop()
    try {
      this.#stream.end()
    } catch (error) {
      // It is gone already.
      if (!(error instanceof HttpError)) throw error
    }
    this.#stream.stopSending('H3_NO_ERROR')
  }

  /** It cannot go on. RFC 9114 section 8.1: what CONNECT was for is broken. */
  abort(): void {
    if (this.#ended) return
    this.#stop()
    this.#stream.destroy('H3_CONNECT_ERROR')
  }

  #sendCapsule(datagram: Uint8Array): boolean {
    try {
      if (!this.#stream.writeSync(encodeCapsule(DATAGRAM_CAPSULE, datagram))) this.#waitForRoom()
      return true
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      return false
    }
  }

  #waitForRoom(): void {
    this.#full = true
    const room = (): void => {
      this.#full = false
    }
    // That the stream ended is told to the reader.
    this.#stream.drained().then(room, () => {})
  }

  async #readCapsules(): Promise<void> {
    const reader = new CapsuleReader({
      largest: (type) => (type === DATAGRAM_CAPSULE ? MAX_UDP_DATAGRAM : undefined),
      capsule: (_type, datagram) => this.#datagram(datagram.slice()),
    })
    try {
      for (let chunk = await this.#stream.read(); chunk !== null; chunk = await this.#stream.read()) reader.push(chunk)
      reader.finish()
      this.#endedByPeer(null)
    } catch (error) {
      this.#broken(error)
    }
  }

  #datagram(datagram: Uint8Array): void {
    if (this.#ended) return
    try {
      const payload = decodeUdpDatagram(datagram)
      if (payload === null) return
      if (this.#owner === null) this.#keep(payload)
      else this.#owner.received(payload)
    } catch (error) {
      this.#broken(error)
    }
  }

  #keep(payload: Uint8Array): void {
    if (this.#early.length >= MAX_EARLY_DATAGRAMS || this.#earlyBytes + payload.length > MAX_EARLY_BYTES) return
    this.#early.push(payload)
    this.#earlyBytes += payload.length
  }

  #broken(error: unknown): void {
    if (error instanceof Http3Error) {
      this.#stream.destroy(error.code)
      this.#endedByPeer(protocolError(error))
    } else if (error instanceof Error) this.#endedByPeer(error)
    else this.#endedByPeer(new Error(String(error)))
  }

  #endedByPeer(error: Error | null): void {
    if (this.#ended) return
    this.#stop()
    if (error === null) {
      try {
        this.#stream.end()
      } catch (gone) {
        if (!(gone instanceof HttpError)) throw gone
      }
    }
    this.#owner?.ended(error)
  }

  #stop(): void {
    this.#ended = true
    this.#early = []
    this.#stream.ondatagram = undefined
  }
}
