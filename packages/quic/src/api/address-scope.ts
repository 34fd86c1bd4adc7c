// How far addresses reach. A server that is reached over the internet has no business inside the client's own network: one that names an address there
// would have the client send datagrams to whoever listens at it ("request forgery"). RFC 9000 sections 21.5.3 and 21.5.6.
import { BlockList, isIPv4 } from 'node:net'

type Row = readonly [network: string, prefix: number]

/** From the nearest to the farthest; what is in none of them is global. RFC 6890, RFC 4193, RFC 4291. */
const SCOPES: readonly { readonly ipv4: readonly Row[]; readonly ipv6: readonly Row[] }[] = [
  // Nobody in particular: no host, multicast, broadcast, what is reserved.
  {
    ipv4: [
      ['0.0.0.0', 8],
      ['224.0.0.0', 3],
    ],
    ipv6: [
      ['::', 128],
      ['ff00::', 8],
    ],
  },
  // This machine.
  { ipv4: [['127.0.0.0', 8]], ipv6: [['::1', 128]] },
  // This link.
  { ipv4: [['169.254.0.0', 16]], ipv6: [['fe80::', 10]] },
  // This network: private use, behind a carrier's NAT, unique local.
  {
    ipv4: [
      ['10.0.0.0', 8],
      ['100.64.0.0', 10],
      ['172.16.0.0', 12],
      ['192.168.0.0', 16],
    ],
    ipv6: [['fc00::', 7]],
  },
]

const LISTS: readonly BlockList[] = SCOPES.map(({ ipv4, ipv6 }) => {
  const list = new BlockList()
  for (const [network, prefix] of ipv4) list.addSubnet(network, prefix, 'ipv4')
  for (const [network, prefix] of ipv6) list.addSubnet(network, prefix, 'ipv6')
  return list
})

/** An IPv4 address in the clothes of IPv6. RFC 4291 section 2.5.5.2. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/** Whether an address reaches as far as one that is known to be the server's, and can be somebody's at all. Both are literal. */
export function reachesAsFar(offered: string, known: string): boolean {
  const scope = scopeOf(offered)
  return scope > 0 && scope >= scopeOf(known)
}

function scopeOf(address: string): number {
  const plain = MAPPED.exec(address)?.[1] ?? address
  const place = LISTS.findIndex((list) => list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6'))
  return place < 0 ? LISTS.length : place
}
