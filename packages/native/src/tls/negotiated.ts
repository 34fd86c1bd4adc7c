// What the handshake agreed on.
import { addressOf } from '../arena.ts'
import { foreignMemory } from '../binding/foreign-memory.ts'
import { openSsl } from '../binding/openssl.ts'
import { scratch } from '../scratch.ts'

/** The ALPN protocol, or null if none was agreed on. */
export function negotiatedProtocol(ssl: number): string | null {
  const out = scratch(16)
  out.bytes.fill(0, 0, 16)
  openSsl().SSL_get0_alpn_selected(ssl, addressOf(out), addressOf(out) + 8)
  const length = out.view.getUint32(8, true)
  if (length === 0) return null
  return foreignMemory()
    .read(Number(out.view.getBigUint64(0, true)), length)
    .toString()
}
