// What a connection is told by either side's options.
import { initialKeys, retryIntegrityTag } from '@millrace/native'
import type { SharedOptions } from '../core/connection.ts'
import { encodeCommonParameters } from '../core/declared-parameters.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { checkSessionOptions, SessionOptions } from './options.ts'

/** What clients and servers have in common, and all connections on `core` with the same options. */
export function sharedOptions(
  side: 'client' | 'server',
  core: Endpoint,
  options: SessionOptions,
  checked: ReturnType<typeof checkSessionOptions>,
): SharedOptions {
  return {
    initialKeys,
    retryTag: retryIntegrityTag,
    random: (length) => core.random.take(length),
    newController: (bytes) => checked.congestion(bytes, Math.random),
    recovery: { ...checked.recovery, ecn: checked.ecn && core.socket.ecn },
    versions: checked.versions,
    resetToken: (connectionId) => core.resetTokens.of(connectionId),
    newConnectionId: () => core.newConnectionId(),
    maxDatagramSize: checked.maxDatagramSize,
    local: core,
    spinBit: options.spinBit ?? true,
    maxStreamWindow: checked.maxStreamWindow,
    keepAliveMillis: checked.keepAlive,
    handshakeTimeoutMillis: checked.handshakeTimeout,
    keyUpdateInterval: checked.keyUpdateInterval,
    datagramDropPolicy: checked.datagramDropPolicy,
    workbench: core.workbench,
    alpn: checked.alpn,
    declared: encodeCommonParameters(checked.parameters, side),
  }
}
