// Whom a dialling side believes. A certificate is verified unless the user says otherwise, with one exception: on a loopback address the other
// side is a program of this same machine, where a development certificate is the rule and nobody stands in between.

import { isIP } from 'node:net'
import { type Address, isLoopback } from '../address.ts'

export interface TrustOptions {
  /** Certificate authorities in PEM; with one, verification happens on loopback too. Default: the system's. */
  readonly ca?: string | undefined
  /** Take any certificate, on any address. Default false. */
  readonly insecure?: boolean | undefined
}

/** The part of the QUIC options that concerns verification. */
export interface Trust {
  readonly rejectUnauthorized: boolean
  readonly ca?: string
  readonly servername?: string
}

export function trustFor(address: Address, options: TrustOptions): Trust {
  const name = isIP(address.host) === 0 ? { servername: address.host } : {}
  if (options.insecure === true) return { rejectUnauthorized: false, ...name }
  if (options.ca !== undefined) return { rejectUnauthorized: true, ca: options.ca, ...name }
  return { rejectUnauthorized: !isLoopback(address.host), ...name }
}
