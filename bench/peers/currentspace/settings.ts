// Raw QUIC on it, without HTTP/3. It has no way to name a cipher suite or a group; BoringSSL takes AES-128-GCM and X25519 first. It keeps its own windows, 2 MB
// a stream and 100 MB a connection: with the others' it ends connections of ten streams with a flow control error.
import { ALPN, IDLE_MILLIS, STREAMS } from '../settings.ts'
import type { Http3Options, QuicOptions } from './package.ts'

/** `auto` takes io_uring where the kernel has it; `portable` does not. */
export function optionsFor(mode: string): QuicOptions {
  return {
    runtimeMode: mode === 'portable' ? 'portable' : 'auto',
    alpn: [ALPN],
    maxIdleTimeoutMs: IDLE_MILLIS,
    initialMaxStreamsBidi: STREAMS,
  }
}

/** The same of HTTP/3, as far as it can be told. */
export function http3OptionsFor(mode: string): Http3Options {
  const { runtimeMode, maxIdleTimeoutMs, initialMaxStreamsBidi } = optionsFor(mode)
  return { runtimeMode, maxIdleTimeoutMs, initialMaxStreamsBidi }
}
