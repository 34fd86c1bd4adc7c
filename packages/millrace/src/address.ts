// Addresses as users write them: `host:port`, `[v6]:port`.

import { lookup } from 'node:dns/promises'
import { isIP, isIPv6 } from 'node:net'
import { MillraceError } from './error.ts'

/** A host, by name or number, and a UDP port. */
export interface Address {
  /** A name, or an address of IPv4 or IPv6, without brackets. */
  readonly host: string
  /** 0 to 65535; 0 lets the system choose where one listens. */
  readonly port: number
}

const SHAPE = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/

/** Reads `host:port` or `[v6]:port`. `what` names the option in the error. Throws ERR_MILLRACE_OPTION. */
export function parseAddress(text: string, what = 'address'): Address {
  const match = SHAPE.exec(text)
  const port = Number(match?.[3])
  const host = match?.[1] ?? match?.[2]
  if (host === undefined || port > 65_535 || (match?.[1] !== undefined && !isIPv6(host))) {
    throw new MillraceError('ERR_MILLRACE_OPTION', `${what} '${text}' is not host:port; write for example localhost:4241 or [::1]:4241`)
  }
  return { host, port }
}

export function formatAddress(address: Address): string {
  return isIPv6(address.host) ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

/** The same address by number. A name is looked up, IPv4 first, as that is what most edge networks run. */
export async function resolveAddress(address: Address): Promise<string> {
  if (isIP(address.host) !== 0) return formatAddress(address)
  const { address: host } = await lookup(address.host, { order: 'ipv4first' })
  return formatAddress({ host, port: address.port })
}

/** Whether only programs of this machine can be behind the host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
