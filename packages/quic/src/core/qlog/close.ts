// How a connection ended, as qlog has it. draft-ietf-quic-qlog-quic-events, connection_closed.
import type { CloseReason } from '../events.ts'
import { transportErrorName } from './frames.ts'

export function qlogClose(end: CloseReason): Readonly<Record<string, unknown>> {
  switch (end.type) {
    case 'idleTimeout':
      return { initiator: 'local', trigger: 'idle_timeout', reason: `silence for ${end.afterMillis} ms` }
    case 'handshakeTimeout':
      return { initiator: 'local', trigger: 'aborted', reason: `no handshake within ${end.afterMillis} ms` }
    case 'versionMismatch':
      return { initiator: 'remote', trigger: 'version_mismatch' }
    case 'statelessReset':
      return { initiator: 'remote', trigger: 'stateless_reset' }
    case 'noPath':
      return { initiator: 'local', trigger: 'aborted', reason: 'no path leads to the peer' }
    case 'closed': {
      const { layer, code, reason } = end
      const error = layer === 'transport' ? transportErrorName(code) : 'unknown'
      const name = layer === 'transport' ? { connection_error: error } : { application_error: error }
      const trigger = layer === 'application' ? 'application' : code === 0n ? 'unspecified' : 'error'
      return {
        initiator: end.initiator === 'local' ? 'local' : 'remote',
        ...name,
        ...(error === 'unknown' && { error_code: Number(code) }),
        reason,
        trigger,
      }
    }
  }
}
