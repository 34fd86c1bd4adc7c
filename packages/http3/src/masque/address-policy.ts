// Addresses that a proxy leads nobody to unless told: its own network, its own machine, and who is nobody. RFC 9298 section 7; RFC 6890.
import { BlockList, isIPv6 } from 'node:net'

type Row = readonly [network: string, prefix: number]

/** Special-purpose networks. RFC 6890 and its registries. */
const IPV4: readonly Row[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]

/** The same in IPv6; those through which IPv4 is reached are here as a whole, since what they lead to is not to be seen. */
const IPV6: readonly Row[] = [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
]

/** Whether an address, a literal, is one that anybody on the internet may be sent to, and none of `own`, the addresses of this machine. */
export function isPublic(address: string, own: readonly string[]): boolean {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  const special = new BlockList()
  for (const [network, prefix] of family === 'ipv6' ? IPV6 : IPV4) special.addSubnet(network, prefix, family)
  for (const each of own) special.addAddress(each, isIPv6(each) ? 'ipv6' : 'ipv4')
  return !special.check(address, family)
}
