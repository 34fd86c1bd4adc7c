// Which addresses are hosts of the public internet. What is none may be inside the proxy's network, where strangers have no business. RFC 9298 section 7.
import { BlockList } from 'node:net'
import { networkInterfaces } from 'node:os'

type Row = readonly [network: string, prefix: number]

/** Special-purpose and not globally reachable, or no unicast. RFC 6890 and its registry. */
const RESERVED_IPV4: readonly Row[] = [
  ['0.0.0.0', 8], // this network, RFC 791
  ['10.0.0.0', 8], // private use, RFC 1918
  ['100.64.0.0', 10], // behind a carrier's NAT, RFC 6598
  ['127.0.0.0', 8], // loopback, RFC 1122
  ['169.254.0.0', 16], // link local, RFC 3927
  ['172.16.0.0', 12], // private use
  ['192.0.0.0', 24], // protocol assignments, RFC 6890
  ['192.0.2.0', 24], // documentation, RFC 5737
  ['192.88.99.0', 24], // relays of 6to4, RFC 7526
  ['192.168.0.0', 16], // private use
  ['198.18.0.0', 15], // benchmarks, RFC 2544
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 3], // multicast, reserved, broadcast: RFC 1112
]

/** Global unicast addresses begin with these bits. RFC 4291 section 2.4. All others are refused: NAT64 and mapped ones lead to IPv4 addresses that nobody looked at. */
const GLOBAL_IPV6: Row = ['2000::', 3]

const RESERVED_IPV6: readonly Row[] = [
  ['2001::', 23], // protocol assignments, Teredo among them, RFC 2928
  ['2001:db8::', 32], // documentation, RFC 3849
  ['2002::', 16], // 6to4, which leads to an IPv4 address, RFC 3056
  ['3fff::', 20], // documentation, RFC 9637
]

const RESERVED = listOf(RESERVED_IPV4, RESERVED_IPV6)
const GLOBAL = listOf([], [GLOBAL_IPV6])

/** Whether an address, which is literal, is one of a public host. */
export function isPublic(address: string, family: 4 | 6): boolean {
  if (RESERVED.check(address, `ipv${family}`)) return false
  return family === 4 || GLOBAL.check(address, 'ipv6')
}

/** This machine's addresses, and others that lead to it. */
export class OwnAddresses {
  readonly #more = new BlockList()

  /** `more`: literal addresses. */
  constructor(more: readonly { readonly address: string; readonly family: 4 | 6 }[]) {
    for (const { address, family } of more) this.#more.addAddress(address, `ipv${family}`)
  }

  /** Whether what is sent there comes to this machine, as its interfaces are now. */
  includes(address: string, family: 4 | 6): boolean {
    if (HERE.check(address, `ipv${family}`) || this.#more.check(address, `ipv${family}`)) return true
    const list = new BlockList()
    for (const own of Object.values(networkInterfaces()).flat()) {
      if (own !== undefined && !own.address.includes('%')) list.addAddress(own.address, own.family === 'IPv4' ? 'ipv4' : 'ipv6')
    }
    return list.check(address, `ipv${family}`)
  }
}

/** Loopback; and no address at all, which systems take for it. */
const HERE = listOf(
  [
    ['0.0.0.0', 8],
    ['127.0.0.0', 8],
  ],
  [['::', 127]],
)

function listOf(ipv4: readonly Row[], ipv6: readonly Row[]): BlockList {
  const list = new BlockList()
  for (const [network, prefix] of ipv4) list.addSubnet(network, prefix, 'ipv4')
  for (const [network, prefix] of ipv6) list.addSubnet(network, prefix, 'ipv6')
  return list
}
