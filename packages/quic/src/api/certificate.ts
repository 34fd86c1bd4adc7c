// Certificates as Node has them.
import { X509Certificate } from 'node:crypto'

/** From DER; undefined for none. */
export function certificateOf(der: Uint8Array | null): X509Certificate | undefined {
  return der === null ? undefined : new X509Certificate(der)
}
