// Which certificate a client sees over TCP, by the name that it asks for. RFC 6066 section 3, RFC 6125 section 6.4.3.
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Certificate } from './options.ts'

/** Certificates by host name: exact, or `*.example.com` for one label in front. */
export class ServerNames {
  readonly #contexts: ReadonlyMap<string, SecureContext>

  /** Throws what OpenSSL says to a certificate or key that it cannot read. */
  constructor(sni: Readonly<Record<string, Certificate>> = {}) {
    this.#contexts = new Map(Object.entries(sni).map(([name, { key, cert }]) => [name.toLowerCase(), createSecureContext({ key, cert })]))
  }

  /** Undefined: the server's first certificate. */
  find(name: string): SecureContext | undefined {
    const lower = name.toLowerCase()
    return this.#contexts.get(lower) ?? this.#contexts.get(lower.replace(/^[^.]+/, '*'))
  }
}
