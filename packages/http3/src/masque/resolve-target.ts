// The addresses of a target's host. RFC 9298 section 3.1: before the request is answered.
import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { MAX_ADDRESSES } from './limits.ts'
import { ProxyError } from './proxy-status.ts'

/** Finds a name's addresses, the preferred one first; literal ones, IPv4 or IPv6. May reject with an error as node:dns has them. */
export type NameResolver = (host: string, signal: AbortSignal) => Promise<readonly string[]>

/** A literal address and its family. */
export interface HostAddress {
  readonly address: string
  readonly family: 4 | 6
}

/** Resolves to one address at least. Rejects with `ProxyError` dns_error or dns_timeout. */
export async function resolveTarget(host: string, resolve: NameResolver, signal: AbortSignal): Promise<readonly HostAddress[]> {
  if (isIP(host) !== 0) return [hostAddress(host)!]
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  aborted.catch(() => {})
  const giveUp = (): void => reject(signal.reason)
  signal.addEventListener('abort', giveUp)
  if (signal.aborted) giveUp()
  try {
    const found = await Promise.race([resolve(host, signal), aborted])
    const addresses = found.slice(0, MAX_ADDRESSES).flatMap((each) => hostAddress(each) ?? [])
    if (addresses.length === 0) throw new ProxyError('dns_error', 'the name has no address', 'NOERROR')
    return addresses
  } catch (error) {
    throw proxyError(error)
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** Asks the system's DNS servers, and no file of hosts, whose names are the machine's own. Takes no thread from the pool, which many slow names would fill. */
export async function resolveByDns(host: string, signal: AbortSignal): Promise<readonly string[]> {
  const resolver = new Resolver()
  const cancel = (): void => resolver.cancel()
  signal.addEventListener('abort', cancel)
  try {
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    if (addresses.length === 0 && answers[0].status === 'rejected') throw answers[0].reason
    return addresses
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** Null where it is no literal address without a zone. */
export function hostAddress(text: string): HostAddress | null {
  const family = isIP(text)
  return family === 0 || text.includes('%') ? null : { address: text, family: family === 4 ? 4 : 6 }
}

/** DNS response codes by the codes of node:dns. */
const RCODES: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'NXDOMAIN'],
  ['ENODATA', 'NOERROR'],
  ['ESERVFAIL', 'SERVFAIL'],
  ['EREFUSED', 'REFUSED'],
  ['EFORMERR', 'FORMERR'],
])

function proxyError(error: unknown): ProxyError {
  if (error instanceof ProxyError) return error
  const { code, name } = error as { code?: unknown; name?: unknown }
  if (name === 'TimeoutError' || code === 'ETIMEOUT') return new ProxyError('dns_timeout', 'the name was not resolved in time')
  return new ProxyError('dns_error', 'the name cannot be resolved', RCODES.get(String(code)) ?? null)
}
