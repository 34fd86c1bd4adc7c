// What is run against a peer, one row each. The names are those of the public interop runner.

export interface Case {
  readonly name: string
  /** One line for --help. */
  readonly what: string
  /** Files that the client asks for, on a stream each, at once. Sizes in bytes. */
  readonly files: readonly { readonly name: string; readonly size: number }[]
  /** After this the run has failed, milliseconds: many times what a slow machine needs. */
  readonly timeoutMillis: number
}

const KIB = 1024
const MIB = 1024 * KIB

export const cases: Readonly<Record<string, Case>> = {
  handshake: {
    name: 'handshake',
    what: 'the handshake completes and a file of 1 KB arrives',
    files: [{ name: '1k', size: KIB }],
    timeoutMillis: 15_000,
  },
  transfer: {
    name: 'transfer',
    what: 'a file of 10 MB arrives, over flow control windows that must be raised on the way',
    files: [{ name: '10m', size: 10 * MIB }],
    timeoutMillis: 60_000,
  },
  multiplexing: {
    name: 'multiplexing',
    what: 'thirty-two files arrive, each on a stream of its own, all at once',
    files: Array.from({ length: 32 }, (_, index) => ({ name: `file-${index}`, size: (index + 1) * KIB })),
    timeoutMillis: 30_000,
  },
}
