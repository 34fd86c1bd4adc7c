// The address at which a server would rather be reached: as the server names it, and as the client takes it. RFC 9000 section 9.6.
import { isIP } from 'node:net'
import { type Address, parseIp, type UdpSocket } from '@millrace/native'
import type { AddressAndPort } from '../core/wire/transport-parameter-values.ts'
import type { PreferredAddress } from '../core/wire/transport-parameters.ts'
import { reachesAsFar } from './address-scope.ts'
import type { QuicEndpoint } from './endpoint.ts'
import { wrong } from './option-checks.ts'
import type { EndpointOptions } from './options.ts'
import { splitAddress } from './split-address.ts'

/**
 * Where clients are asked to go, for instance from an address that many servers share to the server's own. One address of either family, as clients see
 * it: a client takes that of the family by which it came. The endpoint receives there too, by a socket more for each. Port 0 takes any.
 */
export interface PreferredAddressOptions {
  /** `address:port`, IPv4. */
  readonly ipv4?: string
  /** `[address]:port`, IPv6. */
  readonly ipv6?: string
  /** What this machine binds instead where a NAT or a load balancer stands before it; written in the same way. Default: the addresses themselves. */
  readonly bind?: { readonly ipv4?: string; readonly ipv6?: string }
}

/** One address, checked. */
export interface PreferredPlace {
  readonly family: 4 | 6
  readonly host: string
  /** 0 for that which is bound. */
  readonly port: number
  readonly bind: { readonly host: string; readonly port: number }
}

/** The addresses of the transport parameter; each connection adds an id of its own. @internal */
export type PreferredAddresses = Pick<PreferredAddress, 'ipv4' | 'ipv6'>

const UNSPECIFIED: readonly string[] = ['0.0.0.0', '::']

/** @internal */
export function checkPreferredAddress(options: PreferredAddressOptions | undefined): readonly PreferredPlace[] {
  if (options === undefined) return []
  const places = [place(4, options.ipv4, options.bind?.ipv4), place(6, options.ipv6, options.bind?.ipv6)].filter((one) => one !== null)
  if (places.length === 0) throw wrong('preferredAddress', 'names no address: give ipv4, ipv6 or both')
  return places
}

/** Binds what is to be bound. Null if no address is preferred. @internal */
export async function openPreferred(
  endpoint: QuicEndpoint,
  places: readonly PreferredPlace[],
  options: EndpointOptions | undefined,
): Promise<PreferredAddresses | null> {
  const named: { ipv4: AddressAndPort | null; ipv6: AddressAndPort | null } = { ipv4: null, ipv6: null }
  for (const { family, host, port, bind } of places) {
    const bound = await endpoint.openSibling(bind.host, bind.port, options)
    named[`ipv${family}`] = { address: parseIp(host).bytes, port: port === 0 ? bound.port : port }
  }
  return places.length === 0 ? null : named
}

/** That of the family which the socket can reach; null if the server has none, or one that is nearer to us than its own address `server`. @internal */
export function reachable({ ipv4, ipv6 }: PreferredAddress, socket: UdpSocket, server: string): Address | null {
  const offered = socket.local.family === 4 ? ipv4 : ipv6
  if (offered === null) return null
  const address = textOf(offered.address)
  return reachesAsFar(address, server) ? socket.resolve(address, offered.port) : null
}

function place(family: 4 | 6, address: string | undefined, bind: string | undefined): PreferredPlace | null {
  if (address === undefined) {
    if (bind !== undefined)
      throw wrong(`preferredAddress.bind.ipv${family}`, `says what to bind for an address that ipv${family} does not name`)
    return null
  }
  const named = literal(`preferredAddress.ipv${family}`, family, address)
  if (UNSPECIFIED.includes(named.host)) throw wrong(`preferredAddress.ipv${family}`, `is ${named.host}, where no client can go`)
  return { family, ...named, bind: bind === undefined ? named : literal(`preferredAddress.bind.ipv${family}`, family, bind) }
}

function literal(option: string, family: 4 | 6, text: string): { host: string; port: number } {
  const address = splitAddress(option, text, 0)
  if (isIP(address.host) !== family) throw wrong(option, `is ${JSON.stringify(text)}, which is no literal IPv${family} address`)
  return address
}

function textOf(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: 8 }, (_, i) => view.getUint16(i * 2).toString(16)).join(':')
}
