// What users may set about the peers that an endpoint does not know yet: whom it lets in, and what it answers whom it does not.
import { randomBytes } from 'node:crypto'
import { MAX_CONNECTIONS, MAX_TOKEN_SECRETS } from '../endpoint/limits.ts'
import type { PeerPolicy } from '../endpoint/policy.ts'
import type { PortSeat } from '../endpoint/port-seat.ts'
import type { Rate } from '../endpoint/token-bucket.ts'
import { type ConnectionIdOptions, checkConnectionIds } from './connection-id-options.ts'
import { number, type Range, wrong } from './option-checks.ts'
import { checkSeat } from './port-seats.ts'

export interface PolicyOptions extends ConnectionIdOptions {
  /**
   * One of those that `portSeats` made: other threads listen at the same port, each with a seat of its own, and the kernel spreads clients over them. A datagram that
   * comes to the wrong thread, as after its client has moved, is handed to the right one, which its connection id names. The threads take each other's
   * session tickets and address tokens. It makes the connection ids, of 8 bytes or more. Default: none, the port is this endpoint's own.
   */
  readonly seat?: PortSeat
  /**
   * Server: whether clients must prove their address by a Retry, which costs them a round trip, before anything is kept of them. `underLoad`, the
   * default: while 100 handshakes are under way. True is `always`, false `never`. RFC 9000 section 8.1.2.
   */
  readonly validateAddress?: boolean | 'never' | 'always' | 'underLoad'
  /** Server: connections at once; more are refused with CONNECTION_REFUSED. 0, the default, is 65536, the most there can be. */
  readonly maxConnectionsTotal?: number
  /** Server: connections at once from one IP address, whatever the port; more are refused. 0, the default, is no limit; at most 65535. */
  readonly maxConnectionsPerHost?: number
  /** Milliseconds that the token of a Retry packet is good for, 1 to 60000. Default 5000. RFC 9000 section 8.1.3. */
  readonly retryTokenExpiration?: number
  /** Milliseconds that a token for a later connection is good for, 1 to 2592000000 (30 days). Default 604800000 (7 days). RFC 9000 section 8.1.3. */
  readonly tokenExpiration?: number
  /**
   * Secrets of 16 bytes or more that tokens are sealed with: one, or up to four, the newest first; all of them open tokens. Servers that share them
   * accept each other's tokens, except that each may accept the same one once. Default: random, so that tokens end with the endpoint.
   */
  readonly tokenSecret?: Uint8Array | readonly Uint8Array[]
  /**
   * Secret of 16 bytes or more that stateless reset tokens are made of. With the same secret, a server that was restarted can end the connections
   * that it has forgotten. Never share it between servers that are reachable under one address: a token for one would end connections of the
   * other. Default: random. RFC 9000 section 10.3.2.
   */
  readonly resetTokenSecret?: Uint8Array
  /** Retry packets a second, over all peers; 0 to 1000000, as the other rates; 0 is none. Default 5000. */
  readonly retryRate?: number
  /** Retry packets at once after a quiet while; 1 to 1000000, as the other bursts. Default 5000. */
  readonly retryBurst?: number
  /** Version Negotiation packets a second. Default 100. RFC 9000 section 6.1. */
  readonly versionNegotiationRate?: number
  /** Default 200. */
  readonly versionNegotiationBurst?: number
  /** Connections a second that are refused with a word rather than in silence. Default 100. */
  readonly immediateCloseRate?: number
  /** Default 200. */
  readonly immediateCloseBurst?: number
  /** Stateless resets a second. Default 100. RFC 9000 section 10.3. */
  readonly statelessResetRate?: number
  /** Default 200. */
  readonly statelessResetBurst?: number
}

const VALIDATION = { true: 'always', false: 'never', always: 'always', never: 'never', underLoad: 'underLoad' } as const

/** Bytes that nobody guesses. */
const LEAST_SECRET = 16

const DAY = 86_400_000

const RANGES = {
  maxConnectionsTotal: { least: 0, most: MAX_CONNECTIONS, default: 0 },
  maxConnectionsPerHost: { least: 0, most: 65_535, default: 0 },
  retryTokenExpiration: { least: 1, most: 60_000, default: 5000 },
  tokenExpiration: { least: 1, most: 30 * DAY, default: 7 * DAY },
} as const satisfies Record<string, Range>

const RATE: Range = { least: 0, most: 1_000_000, default: 100 }
const BURST: Range = { least: 1, most: 1_000_000, default: 200 }
const RETRIES = 5000

/** @internal */
export function checkPolicyOptions(options: PolicyOptions): PeerPolicy {
  const ranged = (name: keyof typeof RANGES): number => number(`endpoint.${name}`, options[name], RANGES[name])
  const rate = (name: 'retry' | 'versionNegotiation' | 'immediateClose' | 'statelessReset', byDefault: Partial<Range> = {}): Rate => ({
    perSecond: number(`endpoint.${name}Rate`, options[`${name}Rate`], { ...RATE, ...byDefault }),
    burst: number(`endpoint.${name}Burst`, options[`${name}Burst`], { ...BURST, ...byDefault, least: BURST.least }),
  })
  const seat = checkSeat(options.seat)
  return {
    seat,
    connectionIds: checkConnectionIds(options, seat),
    admission: {
      validateAddress: validation(options.validateAddress),
      maxConnectionsTotal: ranged('maxConnectionsTotal') || MAX_CONNECTIONS,
      maxConnectionsPerHost: ranged('maxConnectionsPerHost') || Number.POSITIVE_INFINITY,
      tokens: {
        secrets: tokenSecrets(options.tokenSecret === undefined ? seat?.tokenSecret : options.tokenSecret),
        retryLifetimeMillis: ranged('retryTokenExpiration'),
        newTokenLifetimeMillis: ranged('tokenExpiration'),
      },
    },
    replyRates: {
      versionNegotiation: rate('versionNegotiation'),
      retry: rate('retry', { default: RETRIES }),
      immediateClose: rate('immediateClose'),
      statelessReset: rate('statelessReset'),
    },
    resetTokenSecret:
      secret('endpoint.resetTokenSecret', options.resetTokenSecret === undefined ? seat?.resetTokenSecret : options.resetTokenSecret) ??
      randomBytes(32),
  }
}

/** A secret given by the user, as a copy; null if there is none. @internal */
export function secret(option: string, value: Uint8Array | undefined): Uint8Array | null {
  if (value === undefined) return null
  if (value instanceof Uint8Array && value.length >= LEAST_SECRET) return Uint8Array.from(value)
  const is = value instanceof Uint8Array ? `has ${value.length} bytes` : `is ${typeof value}`
  throw wrong(option, `${is}; it must be a Buffer or Uint8Array of ${LEAST_SECRET} bytes or more, all of them random`)
}

function tokenSecrets(given: PolicyOptions['tokenSecret']): Uint8Array[] {
  if (given === undefined) return [randomBytes(32)]
  const secrets = given instanceof Uint8Array || !Array.isArray(given) ? [given as Uint8Array] : (given as readonly Uint8Array[])
  if (secrets.length < 1 || secrets.length > MAX_TOKEN_SECRETS) {
    throw wrong('endpoint.tokenSecret', `has ${secrets.length} secrets; there may be 1 to ${MAX_TOKEN_SECRETS}`)
  }
  return secrets.map((each) => secret('endpoint.tokenSecret', each)!)
}

function validation(given: PolicyOptions['validateAddress'] = 'underLoad'): 'never' | 'always' | 'underLoad' {
  const name = String(given)
  if (Object.hasOwn(VALIDATION, name)) return VALIDATION[name as keyof typeof VALIDATION]
  throw wrong('endpoint.validateAddress', `is ${JSON.stringify(given)}; it may be never, always, underLoad, true or false`)
}
