// Why a proxy refuses a tunnel, as it tells the client. RFC 9209 section 2.3.
import type { FieldSection } from '../core/fields/field-section.ts'
import { serializeString } from '../core/fields/structured-fields.ts'

/** Each error type's status code, as RFC 9209 recommends it. */
const STATUS = {
  dns_timeout: 504,
  dns_error: 502,
  destination_ip_prohibited: 403,
  destination_ip_unroutable: 502,
  connection_limit_reached: 503,
  http_request_error: 400,
  http_request_denied: 403,
  proxy_internal_error: 500,
  proxy_loop_detected: 502,
} as const

/** RFC 9209's name of what went wrong. */
export type ProxyErrorType = keyof typeof STATUS

/** A tunnel is not opened. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError'
  readonly type: ProxyErrorType
  readonly #rcode: string | null

  /** `rcode`: the name of a DNS response code. RFC 9209 section 2.3.2. */
  constructor(type: ProxyErrorType, details: string, rcode: string | null = null) {
    super(details)
    this.type = type
    this.#rcode = rcode
  }

  /** The response's header section. */
  get fields(): FieldSection {
    const rcode = this.#rcode === null ? '' : `; rcode=${serializeString(this.#rcode)}`
    const details = serializeString(this.message)
    return [':status', String(STATUS[this.type]), 'proxy-status', `millrace; error=${this.type}${rcode}; details=${details ?? '""'}`]
  }
}
