// W3C trace context in 25 bytes: trace id (16), parent id (8), flags (1). Carried as it came; only those who trace turn it into text.

/** Bytes of a trace context on the wire. */
export const TRACE_BYTES = 25

const SHAPE = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** The wire form of a `traceparent` header value (W3C Trace Context, section 3.2), or null if it is not one of version 00. */
export function traceFromHeader(header: string): Uint8Array | null {
  const match = SHAPE.exec(header)
  if (match === null || /^0+$/.test(match[1]!) || /^0+$/.test(match[2]!)) return null
  return Buffer.from(match[1]! + match[2]! + match[3]!, 'hex')
}

/** The `traceparent` header value of a trace context. */
export function traceToHeader(trace: Uint8Array): string {
  const hex = Buffer.from(trace.buffer, trace.byteOffset, trace.byteLength).toString('hex')
  return `00-${hex.slice(0, 32)}-${hex.slice(32, 48)}-${hex.slice(48, 50)}`
}
