// What the handshake agreed on.
import { addressOf, wipe } from '../arena.ts'
import { foreignMemory } from '../binding/foreign-memory.ts'
import { openSsl } from '../binding/openssl.ts'
import { type CipherSuite, cipherSuite } from '../protection/suites.ts'
import { scratch } from '../scratch.ts'

/** The ALPN protocol, or null if none was agreed on. */
export function negotiatedProtocol(ssl: number): string | null {
  const out = scratch(16)
  wipe(out.bytes, 0, 16)
  openSsl().SSL_get0_alpn_selected(ssl, addressOf(out), addressOf(out) + 8)
  const length = out.view.getUint32(8, true)
  if (length === 0) return null
  return foreignMemory()
    .read(Number(out.view.getBigUint64(0, true)), length)
    .toString()
}

/** The suite, once the ServerHello has said it. */
export function negotiatedSuite(ssl: number): CipherSuite {
  const { SSL_get_current_cipher, SSL_get_pending_cipher } = openSsl()
  return suiteOf(SSL_get_current_cipher(ssl) || SSL_get_pending_cipher(ssl))
}

/** That of early data, which is of the session that is resumed. */
export function earlySuite(ssl: number): CipherSuite {
  const { SSL_SESSION_get0_cipher, SSL_get_session } = openSsl()
  return suiteOf(SSL_SESSION_get0_cipher(SSL_get_session(ssl)))
}

function suiteOf(cipher: number): CipherSuite {
  return cipherSuite(openSsl().SSL_CIPHER_get_protocol_id(cipher) & 0xffff)
}
