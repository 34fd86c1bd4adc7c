// Raw QUIC on it, without HTTP/3. It has no way to name a cipher suite or a group; BoringSSL takes AES-128-GCM and X25519 first.
import { ALPN, CONNECTION_WINDOW, IDLE_MILLIS, STREAM_WINDOW, STREAMS } from '../settings.ts'
import type { QuicOptions } from './package.ts'

/** `auto` takes io_uring where the kernel has it; `portable` does not. */
export function optionsFor(mode: string): QuicOptions {
  return {
    runtimeMode: mode === 'portable' ? 'portable' : 'auto',
    alpn: [ALPN],
    maxIdleTimeoutMs: IDLE_MILLIS,
    initialMaxData: CONNECTION_WINDOW,
    initialMaxStreamDataBidiLocal: STREAM_WINDOW,
    initialMaxStreamsBidi: STREAMS,
  }
}
