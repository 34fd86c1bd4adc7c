// Transport parameters as qlog has them, by the names that their own table gives. draft-ietf-quic-qlog-quic-events, parameters_set.
import type { PreferredAddress } from '../wire/transport-parameter-values.ts'
import { TRANSPORT_PARAMETERS, type TransportParameters } from '../wire/transport-parameters.ts'
import { hex } from './frames.ts'

export function qlogParameters(parameters: TransportParameters): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const [key, row] of Object.entries(TRANSPORT_PARAMETERS)) {
    const value = parameters[key as keyof TransportParameters]
    if (value !== undefined) fields[row.name] = plain(value)
  }
  return fields
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
