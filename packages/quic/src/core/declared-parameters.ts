// What a connection declares of itself: the application's transport parameters, those that the connection alone knows, and one that means nothing. RFC 9000 section 7.4.
import type { Connection } from './connection.ts'
import type { ConnectionOptions } from './connection-options.ts'
import {
  encodeTransportParameters,
  type OfferedParameters,
  parameterRows,
  reservedParameter,
  type Side,
  type TransportParameters,
} from './wire/transport-parameters.ts'

/** Bytes for a reserved transport parameter: two of its identifier, the rest its value. */
const RESERVED_LENGTH = 5

/** What is another for each connection. */
const OWN = parameterRows([
  'originalDestinationConnectionId',
  'statelessResetToken',
  'preferredAddress',
  'initialSourceConnectionId',
  'retrySourceConnectionId',
  'versionInformation',
])
const COMMON = parameterRows((key) => !OWN.some((entry) => entry.key === key))

/** All that is declared, but for what means nothing. */
export function declaredParameters(connection: Connection, options: ConnectionOptions): TransportParameters {
  const own = Object.entries(ownParameters(connection, options)).filter(([, value]) => value !== undefined)
  return { ...connection.parameters, ...Object.fromEntries(own) }
}

/** What all connections with these parameters declare, encoded: see `SharedOptions.declared`. */
export function encodeCommonParameters(parameters: TransportParameters, side: Side): Uint8Array {
  return encodeTransportParameters(parameters, side, { rows: COMMON })
}

/** All that is declared, encoded, with one parameter that peers must ignore. RFC 9000 section 18.1. */
export function encodeDeclared(connection: Connection, options: ConnectionOptions): Uint8Array {
  const { parameters, side } = connection
  const { random, declared = encodeCommonParameters(parameters, side) } = options.shared
  const reserved = reservedParameter(random(RESERVED_LENGTH))
  return encodeTransportParameters(ownParameters(connection, options), side, { rows: OWN, reserved, before: declared })
}

function ownParameters(
  { parameters, side, versions, tokens, localIds }: Connection,
  { localConnectionId, originalDestination }: ConnectionOptions,
): OfferedParameters {
  const isServer = side === 'server'
  return {
    originalDestinationConnectionId: isServer ? originalDestination : undefined,
    statelessResetToken: isServer ? localIds.resetTokenOf(localConnectionId) : undefined,
    preferredAddress: parameters.preferredAddress,
    initialSourceConnectionId: localConnectionId,
    retrySourceConnectionId: isServer ? (tokens.retrySource ?? undefined) : undefined,
    versionInformation: versions.information,
  }
}
