// One port number for UDP and TCP.
import { lookup } from 'node:dns/promises'
import type { AddressInfo, Server } from 'node:net'
import { PORT_ATTEMPTS } from './limits.ts'
import type { UdpListener } from './udp.ts'

/** What `listen` was called with. */
export interface ListenOptions {
  readonly port: number
  readonly host: string | undefined
  readonly backlog: number | undefined
  readonly callback: (() => void) | undefined
}

/** Reads the arguments of `listen` as net.Server does. Throws ERR_INVALID_ARG_VALUE for a path, which UDP has not. */
export function listenOptions(given: readonly unknown[]): ListenOptions {
  const callback = given.find((each): each is () => void => typeof each === 'function')
  const [first, ...rest] = given
  if (typeof first === 'object' && first !== null) {
    const { port = 0, host, backlog, path } = first as { port?: number | string; host?: string; backlog?: number; path?: string }
    if (path !== undefined)
      throw Object.assign(new TypeError('A path cannot be listened on: HTTP/3 needs a UDP port.'), { code: 'ERR_INVALID_ARG_VALUE' })
    return { port: portOf(port), host, backlog, callback }
  }
  const port = typeof first === 'number' || typeof first === 'string' ? portOf(first) : 0
  const host = rest.find((each): each is string => typeof each === 'string')
  const backlog = rest.find((each): each is number => typeof each === 'number')
  return { port, host, backlog, callback }
}

function portOf(given: number | string): number {
  const port = Number(given)
  if (Number.isInteger(port) && port >= 0 && port < 65_536 && given !== '') return port
  throw Object.assign(new RangeError(`options.port should be >= 0 and < 65536. Received ${String(given)}.`), {
    code: 'ERR_SOCKET_BAD_PORT',
  })
}

/**
 * Binds TCP, then UDP to the same address. With port 0 another number is tried when the one that TCP got is taken on UDP. Rejects with the
 * system's error; nothing stays bound then.
 */
export async function bindBoth(
  options: ListenOptions,
  tcp: Server,
  withUdp: boolean,
  openUdp: (host: string, port: number) => Promise<UdpListener>,
): Promise<UdpListener | null> {
  const host = options.host === undefined ? undefined : (await lookup(options.host)).address
  for (let attempt = 1; ; attempt++) {
    const { address, port } = await bindTcp(tcp, options, host)
    if (!withUdp) return null
    try {
      return await openUdp(address, port)
    } catch (error) {
      await new Promise((resolve) => tcp.close(resolve))
      if (options.port !== 0 || attempt === PORT_ATTEMPTS || systemCode(error) !== 'EADDRINUSE') throw told(error, address, port)
    }
  }
}

function bindTcp(tcp: Server, { port, backlog }: ListenOptions, host: string | undefined): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const listening = (): void => {
      tcp.off('error', failed)
      resolve(tcp.address() as AddressInfo)
    }
    const failed = (error: Error): void => {
      tcp.off('listening', listening)
      reject(error)
    }
    tcp.once('listening', listening).once('error', failed)
    tcp.listen({ port, ...(host !== undefined && { host }), ...(backlog !== undefined && { backlog }) })
  })
}

/** As net.Server tells it, so that who knows the one knows the other. */
function told(error: unknown, address: string, port: number): unknown {
  const code = systemCode(error)
  if (code === undefined) return error
  const message = error instanceof Error ? error.message : String(error)
  return Object.assign(new Error(`listen ${code}: ${message}`, { cause: error }), { code, syscall: 'bind', address, port })
}

/** Of the error, or of what lies behind it. */
function systemCode(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException
    if (code !== undefined && /^E[A-Z]+$/.test(code)) return code
  }
  return undefined
}
