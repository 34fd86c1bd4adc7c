// CONNECTION_CLOSE frames: the connection is over, and why. RFC 9000 section 19.19.
import { Buffer } from 'node:buffer'
import { varintSize } from '@millrace/bytes'
import { APPLICATION_LEVELS, EVERY_LEVEL, type FrameKind } from './kind.ts'

const TRANSPORT_TYPE = 0x1c
const APPLICATION_TYPE = 0x1d

export interface ConnectionClose {
  readonly type: 'connectionClose'
  /** Whose code it is: QUIC's own (RFC 9000 section 20.1), or the application protocol's. */
  readonly layer: 'transport' | 'application'
  readonly code: bigint
  /** The frame type to blame; 0 when unknown, and always for the application layer. */
  readonly frameType: number
  /** For people. Bytes that are not UTF-8 become replacement characters. */
  readonly reason: string
}

/** Made once: Node looks up the name of the encoding for each. */
const UTF8: TextDecoder = new TextDecoder()

export const connectionClose: FrameKind<ConnectionClose> = {
  name: 'CONNECTION_CLOSE',
  wire: [TRANSPORT_TYPE, APPLICATION_TYPE],
  levels: EVERY_LEVEL,
  // The handshake's packets are not yet confidential: what an application has to say stays out of them. RFC 9000 section 10.2.3.
  narrowed: { [APPLICATION_TYPE]: APPLICATION_LEVELS },
  ackEliciting: false,
  probing: false,
  decode(r, type) {
    const layer = type === TRANSPORT_TYPE ? 'transport' : 'application'
    const code = r.varintExact()
    const frameType = layer === 'transport' ? r.varint() : 0
    const length = r.varint()
    return { type: 'connectionClose', layer, code, frameType, reason: length === 0 ? '' : UTF8.decode(r.view(length)) }
  },
  size(f) {
    const reason = Buffer.byteLength(f.reason)
    return 1 + varintSize(f.code) + (f.layer === 'transport' ? varintSize(f.frameType) : 0) + varintSize(reason) + reason
  },
  encode(f, w) {
    w.u8(f.layer === 'transport' ? TRANSPORT_TYPE : APPLICATION_TYPE)
    w.varint(f.code)
    if (f.layer === 'transport') w.varint(f.frameType)
    if (f.reason === '') {
      w.u8(0)
      return
    }
    const reason = new TextEncoder().encode(f.reason)
    w.varint(reason.length)
    w.bytes(reason)
  },
}
