// CRYPTO frames: handshake bytes. RFC 9000 section 19.6.
import { varintSize } from '@millrace/bytes'
import { TransportViolation } from '../../errors.ts'
import { EVERY_LEVEL_BUT_0RTT, type FrameKind } from './kind.ts'

export interface Crypto {
  readonly type: 'crypto'
  readonly offset: number
  /** A view of the packet when decoded: it lives as long as the packet does. */
  readonly data: Uint8Array
}

export const crypto: FrameKind<Crypto> = {
  name: 'CRYPTO',
  wire: [0x06],
  levels: EVERY_LEVEL_BUT_0RTT,
  ackEliciting: true,
  probing: false,
  decode(r, type) {
    const offset = r.varint()
    const data = r.view(r.varint())
    // No buffer reaches there, so this is also the answer to the RFC's own bound of 2^62 - 1.
    if (offset + data.length > Number.MAX_SAFE_INTEGER) {
      throw new TransportViolation('CRYPTO_BUFFER_EXCEEDED', 'handshake bytes lie beyond every buffer', type)
    }
    return { type: 'crypto', offset, data }
  },
  size: (f) => 1 + varintSize(f.offset) + varintSize(f.data.length) + f.data.length,
  encode(f, w) {
    w.u8(0x06)
    w.varint(f.offset)
    w.varint(f.data.length)
    w.bytes(f.data)
  },
}
