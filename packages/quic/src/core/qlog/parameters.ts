// Transport parameters as qlog has them, by the names that their own table gives. draft-ietf-quic-qlog-quic-events, parameters_set.
import type { PreferredAddress } from '../wire/transport-parameter-values.ts'
import { TRANSPORT_PARAMETERS, type TransportParameters } from '../wire/transport-parameters.ts'
import { hex } from './frames.ts'

/** Those of extensions that the draft has no names for. */
const STRANGE: ReadonlySet<string> = new Set<keyof TransportParameters>(['versionInformation', 'minAckDelay'])

export function qlogParameters(parameters: TransportParameters): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  const unknown: { id: number }[] = []
  for (const [key, row] of Object.entries(TRANSPORT_PARAMETERS)) {
    const value = parameters[key as keyof TransportParameters]
    if (value === undefined) continue
    if (STRANGE.has(key)) unknown.push({ id: row.id })
    else fields[row.name] = plain(value)
  }
  return unknown.length === 0 ? fields : { ...fields, unknown_parameters: unknown }
}

function plain(value: NonNullable<TransportParameters[keyof TransportParameters]>): unknown {
  if (value instanceof Uint8Array) return hex(value)
  if (typeof value !== 'object') return value
  return 'connectionId' in value ? preferred(value) : value
}

function preferred({ ipv4, ipv6, connectionId, statelessResetToken }: PreferredAddress): unknown {
  return {
    ...(ipv4 !== null && { ip_v4: hex(ipv4.address), port_v4: ipv4.port }),
    ...(ipv6 !== null && { ip_v6: hex(ipv6.address), port_v6: ipv6.port }),
    connection_id: hex(connectionId),
    stateless_reset_token: hex(statelessResetToken),
  }
}
