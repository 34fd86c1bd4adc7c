// Host names to addresses; IPv4 first, since that is what the default socket can reach.
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { QuicError } from './error.ts'

export async function resolveHost(host: string): Promise<string> {
  if (isIP(host) !== 0) return host
  try {
    const { address } = await lookup(host, { order: 'ipv4first' })
    return address
  } catch (cause) {
    throw new QuicError(`Cannot find the address of ${host}.`, { code: 'ERR_QUIC_ADDRESS', cause })
  }
}
