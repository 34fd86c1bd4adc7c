// quic-go: our program on it is the Go module `quic-go/`, which `interop/install.sh quic-go` builds.
import { join } from 'node:path'
import type { Implementation } from './implementation.ts'
import { PEERS, programPeer } from './programs.ts'

const MIGRATION = 'quic-go neither names a preferred address nor moves to one'
const V2 = 'quic-go has no compatible version negotiation (RFC 9368)'
const CHACHA20 = "Go's crypto/tls does not let a program choose the cipher suites of TLS 1.3"

export const quicGo: Implementation = programPeer('quic-go', [join(PEERS, 'quic-go')], {
  client: { chacha20: CHACHA20, connectionmigration: MIGRATION, v2: V2 },
  server: { connectionmigration: MIGRATION, v2: V2 },
})
