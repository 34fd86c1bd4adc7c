// What users may set of an agent, checked with messages that name the option and its range.
import type { LookupFunction } from 'node:net'
import type { Encoded, SessionOptions } from '@millrace/quic'
import { type Dispatcher, errors } from 'undici'
import type { AltSvcStore } from './alt-svc-cache.ts'
import { type Clock, systemClock } from './clock.ts'
import type { HttpsRecordResolver } from './https-records.ts'
import type { Http3Use } from './whereabouts.ts'

/** Options of an agent. */
export interface AgentOptions {
  /**
   * `discovered`, the default: by HTTP/3 where Alt-Svc (RFC 7838) or an HTTPS record says that it is, and by HTTP/2 or 1.1 otherwise. `assumed`: tried at the
   * origin's own port too. `only`: never anything else; what cannot be reached by HTTP/3 is an error.
   */
  readonly http3?: Http3Use
  /**
   * Milliseconds, 0 to 10000, for which HTTP/3 is tried alone before HTTP/2 and 1.1 are tried beside it. Default 0: both begin at once, whoever is connected first
   * carries the request, and nothing is ever slower than without HTTP/3. A head start spares servers connections that nobody uses.
   */
  readonly headStart?: number
  /** Where announced alternatives are kept; a `Map` is one. Default: a `Map` of the agent's own. */
  readonly altSvc?: AltSvcStore
  /** Looks up HTTPS records (RFC 9460), which show HTTP/3 before the first response does. Default: none are looked up. */
  readonly httpsRecords?: HttpsRecordResolver
  /**
   * Whether GET, HEAD and OPTIONS without content go out as 0-RTT where a ticket permits it. Whoever can record them can replay them; a server that minds answers
   * 425, and they are sent again after the handshake. Default true. RFC 8470.
   */
  readonly earlyData?: boolean
  /** Sessions open at once, over all origins: 1 to 65536, default 256. The longest idle makes way; where none is idle, HTTP/2 or 1.1 serves. */
  readonly maxSessions?: number
  /** Requests under way at once on one session: 1 to 65536, default 256; the others wait in line. Servers set a limit of their own, often 100. */
  readonly maxRequests?: number
  /** Milliseconds after which a session closes that no request uses: 1 to 600000, default 20000, which is less than QUIC's idle timeout. */
  readonly keepAliveTimeout?: number
  /** Milliseconds, 1 to 600000, for a connection to be made. Default 10000. */
  readonly connectTimeout?: number
  /** Milliseconds from the end of the request to the response's fields, where a request does not say; 0 is without end. Default 300000. */
  readonly headersTimeout?: number
  /** Milliseconds between two pieces of content, where a request does not say; 0 is without end. Default 300000. */
  readonly bodyTimeout?: number
  /** Finds the address of a name, as the option `lookup` of net.connect does, by either way. Default: dns.lookup. */
  readonly lookup?: LookupFunction
  /** Certificate authorities to trust. Default: those that Node trusts. */
  readonly ca?: Encoded | readonly Encoded[]
  /** The certificate that is presented when a server asks for one, and the chain behind it. */
  readonly certs?: Encoded | readonly Encoded[]
  /** The private key of `certs`. */
  readonly keys?: Encoded
  /** Whether certificate chain and name must hold. Default true. */
  readonly rejectUnauthorized?: boolean
  /** More of the QUIC sessions: congestion control, windows, qlog and so on. */
  readonly quic?: Omit<SessionOptions, 'alpn' | 'servername' | 'sni' | 'signal' | 'endpoint'>
  /** Carries what HTTP/3 does not. Default: an undici Agent with HTTP/2, which has the same authorities and certificate. Closed with this agent. */
  readonly fallback?: Dispatcher
  /** Time. Default: the machine's. */
  readonly clock?: Clock
}

interface Range {
  readonly least: number
  readonly most: number
  readonly default: number
}

type Numeric = 'headStart' | 'maxSessions' | 'maxRequests' | 'keepAliveTimeout' | 'connectTimeout' | 'headersTimeout' | 'bodyTimeout'

const RANGES: Readonly<Record<Numeric, Range>> = {
  headStart: { least: 0, most: 10_000, default: 0 },
  maxSessions: { least: 1, most: 65_536, default: 256 },
  maxRequests: { least: 1, most: 65_536, default: 256 },
  keepAliveTimeout: { least: 1, most: 600_000, default: 20_000 },
  connectTimeout: { least: 1, most: 600_000, default: 10_000 },
  headersTimeout: { least: 0, most: 2 ** 31 - 1, default: 300_000 },
  bodyTimeout: { least: 0, most: 2 ** 31 - 1, default: 300_000 },
}

const USES: readonly Http3Use[] = ['discovered', 'assumed', 'only']

/** Options, checked and completed. */
export type CheckedAgentOptions = Readonly<Record<Numeric, number>> & {
  readonly http3: Http3Use
  readonly earlyData: boolean
  readonly clock: Clock
}

/** Throws InvalidArgumentError. */
export function checkAgentOptions(options: AgentOptions): CheckedAgentOptions {
  const { http3 = 'discovered', earlyData = true, clock = systemClock } = options
  if (!USES.includes(http3)) throw wrong('http3', `is ${JSON.stringify(http3)}; it may be ${USES.join(', ')}`)
  if (typeof earlyData !== 'boolean') throw wrong('earlyData', `is ${String(earlyData)}; it must be true or false`)
  if ((options.certs === undefined) !== (options.keys === undefined)) throw wrong('certs', 'and keys go together; give both or neither')
  const numbers = Object.fromEntries(
    Object.entries(RANGES).map(([name, range]) => [name, inRange(name, options[name as Numeric], range)]),
  ) as Record<Numeric, number>
  return { ...numbers, http3, earlyData, clock }
}

/** The time that a request names, or else the agent's. Throws InvalidArgumentError. */
export function timeout(name: 'headersTimeout' | 'bodyTimeout', value: number | null | undefined, byDefault: number): number {
  if (value === undefined || value === null) return byDefault
  if (Number.isFinite(value) && value >= 0) return value
  throw new errors.InvalidArgumentError(`invalid ${name}`)
}

function inRange(name: string, value: number | undefined, { least, most, default: byDefault }: Range): number {
  if (value === undefined) return byDefault
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw wrong(name, `is ${String(value)}; it must be a whole number from ${least} to ${most}`)
}

function wrong(name: string, sentence: string): Error {
  return new errors.InvalidArgumentError(`Option ${name} ${sentence}.`)
}
