// Which certificate a client sees over TCP, by the name that it asks for. RFC 6066 section 3, RFC 6125 section 6.4.3.
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { Certificate } from './options.ts'

/** Certificates by host name: exact, or `*.example.com` for one label in front. */
export class ServerNames {
  readonly #contexts: ReadonlyMap<string, SecureContext>

  /**
   * `common`: what holds under every name, such as whose clients' certificates are believed, since a connection goes over to its name's context whole. Throws what
   * OpenSSL says to a certificate or key that it cannot read.
   */
  constructor(sni: Readonly<Record<string, Certificate>> = {}, common: SecureContextOptions = {}) {
    this.#contexts = new Map(
      Object.entries(sni).map(([name, { key, cert }]) => [name.toLowerCase(), createSecureContext({ ...common, key, cert })]),
    )
  }

  /** Undefined: the server's first certificate. */
  find(name: string): SecureContext | undefined {
    const lower = name.toLowerCase()
    return this.#contexts.get(lower) ?? this.#contexts.get(lower.replace(/^[^.]+/, '*'))
  }
}
