// Whether a proxy has opened a tunnel. RFC 9298 sections 3.3 and 3.5.
import { type FieldSection, fieldValue } from '../core/fields/field-section.ts'
import { HttpError } from '../session/error.ts'

/** Status codes of success that say that there is content, or none. RFC 9297 section 3.2. */
const CONTENT_STATUS: ReadonlySet<string> = new Set(['204', '205', '206'])
const CONTENT_FIELDS = ['content-length', 'content-type', 'transfer-encoding'] as const

/**
 * Throws ERR_HTTP3_TUNNEL for a response that is no success, or starts no capsule protocol. `begins`: whether a status begins the protocol, which is the version's
 * to say.
 */
export function checkTunnelResponse(response: FieldSection, begins: (status: string) => boolean = isSuccess): void {
  const status = fieldValue(response, ':status') ?? ''
  if (begins(status) && CONTENT_FIELDS.every((name) => fieldValue(response, name) === undefined)) return
  const said = fieldValue(response, 'proxy-status')
  const why = said === undefined ? '' : `: ${JSON.stringify(said)}`
  throw new HttpError(`The proxy answers ${status}${why}.`, { code: 'ERR_HTTP3_TUNNEL' })
}

function isSuccess(status: string): boolean {
  return status.startsWith('2') && !CONTENT_STATUS.has(status)
}
