// Addresses as users write them.
import { wrong } from './option-checks.ts'

/** Takes `host:port` or `[IPv6]:port` apart. `least` is the lowest port that makes sense. */
export function splitAddress(option: string, address: string, least: number): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address)
  const port = Number(match?.[3])
  if (match === null || port < least || port > 65_535) {
    throw wrong(option, `is ${JSON.stringify(address)}; write host:port, or [address]:port for IPv6, with a port from ${least} to 65535`)
  }
  return { host: match[1] ?? match[2]!, port }
}
