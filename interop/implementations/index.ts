// Everyone that the runner can start, by name. Millrace is one of them.
import { aioquic } from './aioquic.ts'
import type { Implementation } from './implementation.ts'
import { millrace } from './millrace.ts'
import { ngtcp2 } from './ngtcp2.ts'
import { quicGo } from './quic-go.ts'
import { quinn } from './quinn.ts'

export const implementations: Readonly<Record<string, Implementation>> = { ngtcp2, aioquic, 'quic-go': quicGo, quinn, millrace }
