// What a connection declares of itself: the application's transport parameters, those that the connection alone knows, and one that means nothing. RFC 9000 section 7.4.
import type { Connection } from './connection.ts'
import type { ConnectionOptions } from './connection-options.ts'
import { type ReservedParameter, reservedParameter, type TransportParameters } from './wire/transport-parameters.ts'

/** Bytes for a reserved transport parameter: two of its identifier, the rest its value. */
const RESERVED_LENGTH = 5

export function declaredParameters(
  { parameters, side, versions, tokens, localIds }: Connection,
  { localConnectionId, originalDestination }: ConnectionOptions,
): TransportParameters {
  const own = { ...parameters, versionInformation: versions.information, initialSourceConnectionId: localConnectionId }
  if (side === 'client') return own
  const statelessResetToken = localIds.resetTokenOf(localConnectionId)
  const declared = { ...own, originalDestinationConnectionId: originalDestination, statelessResetToken }
  const { retrySource } = tokens
  return retrySource === null ? declared : { ...declared, retrySourceConnectionId: retrySource }
}

/** One that peers must ignore. RFC 9000 section 18.1. */
export function newReserved(random: ConnectionOptions['random']): ReservedParameter {
  return reservedParameter(random(RESERVED_LENGTH))
}
