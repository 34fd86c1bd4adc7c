// Opens the kind of UDP socket that fits the platform.
import { NativeError } from '../error.ts'
import { openBatchedSocket } from './batched.ts'
import { ChannelSocket } from './channel.ts'
import { openPortableSocket } from './portable.ts'
import type { UdpSocket, UdpSocketOptions } from './socket.ts'

/** Names the kind of socket that `auto` stands for: `dgram` for the portable one, to see whether a trouble is the batched one's. */
const VARIABLE = 'MILLRACE_UDP'

/**
 * Opens a UDP socket. Rejects with `NativeError`: the operating system's code (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, ...),
 * `ERR_NATIVE_OPTION` for options that do not fit, `ERR_NATIVE_UNSUPPORTED` for `batched` where it cannot be.
 */
export async function openUdpSocket(options: UdpSocketOptions): Promise<UdpSocket> {
  if (options.channel !== undefined) return new ChannelSocket(options.channel)
  const kind = chosenKind(options.kind ?? 'auto')
  if (kind === 'portable') return openPortableSocket(options)
  try {
    return await openBatched(options)
  } catch (error) {
    if (kind === 'auto' && (error as NativeError).code === 'ERR_NATIVE_UNSUPPORTED') return openPortableSocket(options)
    throw error
  }
}

async function openBatched(options: UdpSocketOptions): Promise<UdpSocket> {
  if (process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')) return openBatchedSocket(options)
  throw new NativeError(
    'ERR_NATIVE_UNSUPPORTED',
    `The batched UDP socket needs Linux on x64 or arm64, not ${process.platform} on ${process.arch}.`,
  )
}

function chosenKind(kind: NonNullable<UdpSocketOptions['kind']>): NonNullable<UdpSocketOptions['kind']> {
  const wanted = process.env[VARIABLE] ?? ''
  if (wanted !== '' && wanted !== 'dgram') {
    throw new NativeError(
      'ERR_NATIVE_OPTION',
      `The environment variable ${VARIABLE} may be "dgram" or empty, not ${JSON.stringify(wanted)}.`,
    )
  }
  return kind === 'auto' && wanted === 'dgram' ? 'portable' : kind
}
