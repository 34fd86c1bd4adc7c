// HTTP/0.9 over QUIC, as QUIC stacks speak it to test each other: on a bidirectional stream of the client's, `GET /path` and CR LF with
// FIN; the answer is the bytes of the file, then FIN. ALPN `hq-interop`. An error has no other form than a reset stream.

export const HQ_ALPN = 'hq-interop'

/** Both sides speak versions 1 and 2 and would rather speak 2; the client begins with 1. RFC 9368. */
export const VERSION_2_PREFERRED: readonly number[] = [0x6b3343cf, 0x00000001]

/** Application error codes of a reset; the protocol names none. */
export const NOT_FOUND = 1
export const BAD_REQUEST = 2

/** A request line may have so many bytes. */
export const LONGEST_REQUEST = 4096

export function formatRequest(path: string): string {
  return `GET ${path}\r\n`
}

/** The path of a request, or null when it is none. */
export function parseRequest(text: string): string | null {
  return /^GET (\/[^\s]*)\r?\n?$/.exec(text)?.[1] ?? null
}
