// UDP ports of this machine, for tools that start servers which they did not write.
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** How often the kernel's table is read, milliseconds. */
const POLL_MILLIS = 5

/**
 * Resolves when some process has bound the port, as Linux tells in /proc: a server in C need not say when it is ready. Gives up
 * as soon as `alive` answers false.
 */
export async function udpPortBound(port: number, alive: () => boolean): Promise<boolean> {
  const entry = new RegExp(`^\\s*\\d+: [0-9A-F]+:${port.toString(16).toUpperCase().padStart(4, '0')} `, 'm')
  for (;;) {
    if (['/proc/net/udp', '/proc/net/udp6'].some((table) => entry.test(readFileSync(table, 'latin1')))) return true
    if (!alive()) return false
    await delay(POLL_MILLIS)
  }
}
