// What a client's sessions are made of, by the options that they were asked for with: clients of one endpoint mostly ask for the same again, and to see that
// takes a tenth of the time that it takes to check options, to encode what they declare and to find the TLS context for them.
import type { TlsContextOptions } from '@millrace/native'
import type { SharedOptions } from '../core/connection-options.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import { sharedOptions } from './connection-options.ts'
import { checkOwnShapes, checkShapes, OWN_OPTIONS } from './option-shapes.ts'
import { type CheckedOptions, checkSessionOptions, type SessionOptions } from './options.ts'
import { copy, same } from './same-options.ts'
import { clientIdentity, tlsChoices } from './tls-context.ts'

/** Plans that are kept for the next session: clients of one endpoint ask for few kinds. */
const MAX_KEPT = 8

/** All that does not depend on what is a session's own. */
export class ClientPlan {
  readonly checked: CheckedOptions
  /** Of the TLS context. */
  readonly tls: TlsContextOptions
  /** What Node asks the operating system for each time. */
  readonly environment: { readonly QLOGDIR: string | undefined } = { QLOGDIR: process.env.QLOGDIR }
  /** Who hears the key log: sessions of one TLS context have it in common. */
  readonly logs: string
  /** As given, but for what is a session's own. */
  readonly #given: SessionOptions
  readonly #count: number
  #shared: SharedOptions | null = null

  /** Throws ERR_QUIC_OPTION. */
  constructor(options: SessionOptions) {
    checkShapes(options)
    const given: Record<string, unknown> = {}
    for (const name in options) if (!OWN_OPTIONS.has(name)) given[name] = copy(options[name as keyof SessionOptions])
    this.#given = given
    this.#count = Object.keys(given).length
    this.logs = `${options.keylog === true} ${process.env.SSLKEYLOGFILE}`
    this.checked = checkSessionOptions(this.#given)
    this.tls = {
      side: 'client',
      alpn: this.checked.alpn,
      rejectUnauthorized: this.#given.rejectUnauthorized ?? true,
      ...clientIdentity(this.#given),
      ...tlsChoices(this.#given),
    }
  }

  /** What connections on `core` have in common: a plan is for one endpoint. */
  shared(core: Endpoint): SharedOptions {
    this.#shared ??= sharedOptions('client', core, this.#given, this.checked)
    return this.#shared
  }

  /** Whether it would be the same for these. */
  fits(options: SessionOptions): boolean {
    const given = this.#given as Readonly<Record<string, unknown>>
    let count = 0
    for (const name in options) {
      if (OWN_OPTIONS.has(name)) continue
      if (!same(given[name], options[name as keyof SessionOptions])) return false
      count++
    }
    return count === this.#count
  }
}

/** Those of one endpoint. */
export class ClientPlans {
  /** The latest used first. */
  readonly #kept: ClientPlan[] = []

  /** The plan for these options. Throws ERR_QUIC_OPTION. */
  for(options: SessionOptions): ClientPlan {
    const known = this.#kept.findIndex((plan) => plan.fits(options))
    if (known >= 0) checkOwnShapes(options)
    if (known === 0) return this.#kept[0]!
    const plan = known > 0 ? this.#kept.splice(known, 1)[0]! : new ClientPlan(options)
    this.#kept.unshift(plan)
    if (this.#kept.length > MAX_KEPT) this.#kept.pop()
    return plan
  }
}
