// Whose events a log may hold, by what is spoken. draft-ietf-quic-qlog-main-schema, section on event schemas.

/** QUIC's own. */
const QUIC = 'urn:ietf:params:qlog:events:quic-13'

/** Of application protocols that write their events into the same log, by ALPN. */
const APPLICATION: Readonly<Record<string, string>> = { h3: 'urn:ietf:params:qlog:events:http3-13' }

/** The schemas that a log names, of a connection that offers or takes these protocols. */
export function eventSchemas(alpn: readonly string[]): string[] {
  return [QUIC, ...alpn.flatMap((protocol) => APPLICATION[protocol] ?? [])]
}
