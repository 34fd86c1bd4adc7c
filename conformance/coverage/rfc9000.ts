// RFC 9000, the transport.
import type { Coverage } from '../coverage.ts'
import { CONNECTION_RULES } from './rfc9000/connections.ts'
import { ENDING_RULES } from './rfc9000/endings.ts'
import { FORMAT_RULES } from './rfc9000/formats.ts'
import { PACKET_RULES } from './rfc9000/packets.ts'
import { PATH_RULES } from './rfc9000/paths.ts'
import { STREAM_RULES } from './rfc9000/streams.ts'

export const RFC_9000: Coverage = {
  ...STREAM_RULES,
  ...CONNECTION_RULES,
  ...PATH_RULES,
  ...ENDING_RULES,
  ...PACKET_RULES,
  ...FORMAT_RULES,
}
