// What is run against a peer, one row each: the cases of the public interop runner, under its names and with its scenarios.

import type { Check } from './judge/check.ts'
import * as check from './judge/checks.ts'
import { blackHole, corrupting, deafServer, long, lossy, rebinding, type Scenario, simple } from './scenario.ts'

/** What a client or server is told to do. */
export type Behaviour =
  | 'transfer'
  | 'chacha20'
  | 'retry'
  | 'resumption'
  | 'zerortt'
  | 'http3'
  | 'multiconnect'
  | 'keyupdate'
  | 'ecn'
  | 'v2'
  | 'connectionmigration'

export interface File {
  readonly name: string
  /** Bytes. */
  readonly size: number
}

export interface Case {
  readonly name: string
  /** One line for --help. */
  readonly what: string
  readonly client: Behaviour
  readonly server: Behaviour
  /** Files that the client asks for, on a stream each. */
  readonly files: readonly File[]
  readonly scenario: Scenario
  /** After this the run has failed, milliseconds. */
  readonly timeoutMillis: number
  /** Besides the files, all of this must hold of the trace. */
  readonly checks: readonly Check[]
  readonly host?: string
  /** The server shows a chain of certificates too long for the bytes that it may send before it has heard twice from the client. */
  readonly longChain?: boolean
  /** The server names another address that it prefers. */
  readonly preferredAddress?: boolean
}

const KIB = 1024
const MIB = 1024 * KIB

const sizes = (...all: readonly number[]): File[] => all.map((size, index) => ({ name: `file-${index}-${size}`, size }))
const many = (count: number, size: number, nameLength = 8): File[] =>
  Array.from({ length: count }, (_, index) => ({ name: `${index}`.padStart(nameLength, 'n'), size }))

const one = check.handshakes(1)

type Row = Pick<Case, 'name' | 'what' | 'files' | 'checks'> & Partial<Case> & { readonly behaviour?: Behaviour }

const rows: readonly Row[] = [
  { name: 'handshake', what: 'the handshake completes and 1 KB arrives', files: sizes(KIB), checks: [one, check.noRetry] },
  {
    name: 'transfer',
    what: 'three files arrive, 10 MB, over windows that must be raised',
    files: sizes(2 * MIB, 3 * MIB, 5 * MIB),
    checks: [one],
  },
  { name: 'longrtt', what: 'with a round trip of 1.5 s', files: sizes(KIB), scenario: long, checks: [one, check.helloRepeated] },
  {
    name: 'chacha20',
    what: 'the client offers ChaCha20-Poly1305 alone',
    behaviour: 'chacha20',
    files: sizes(3 * MIB),
    checks: [one, check.chacha20],
  },
  {
    name: 'multiplexing',
    what: '1999 files of 32 bytes on streams of their own',
    files: many(1999, 32),
    checks: [one, check.fewStreamsAtOnce],
  },
  {
    name: 'retry',
    what: 'the server asks for proof of the address by a Retry',
    behaviour: 'retry',
    files: sizes(10 * KIB),
    checks: [one, check.retry],
  },
  {
    name: 'resumption',
    what: 'a second connection resumes the session of the first',
    behaviour: 'resumption',
    files: sizes(5 * KIB, 10 * KIB),
    checks: [check.handshakes(2), check.resumed],
  },
  {
    name: 'zerortt',
    what: 'a second connection asks for 39 of 40 files in 0-RTT',
    behaviour: 'zerortt',
    files: many(40, 32, 250),
    checks: [check.handshakes(2), check.zeroRtt],
  },
  { name: 'http3', what: 'three files over HTTP/3', behaviour: 'http3', files: sizes(5 * KIB, 10 * KIB, 500 * KIB), checks: [one] },
  { name: 'blackhole', what: '10 MB, while for 2 s nothing gets through', files: sizes(10 * MIB), scenario: blackHole, checks: [one] },
  { name: 'keyupdate', what: 'the client updates the keys', client: 'keyupdate', files: sizes(3 * MIB), checks: [one, check.keyUpdated] },
  { name: 'ecn', what: 'both sides mark and count ECN', behaviour: 'ecn', files: sizes(100 * KIB), checks: [one, check.ecn] },
  {
    name: 'amplificationlimit',
    what: 'nine long certificates, while the client goes unheard',
    files: sizes(5 * KIB),
    scenario: deafServer,
    longChain: true,
    checks: [one, check.amplification],
  },
  {
    name: 'handshakeloss',
    what: '50 connections, 30 % loss',
    behaviour: 'multiconnect',
    files: many(50, KIB),
    scenario: lossy(0.3),
    timeoutMillis: 300_000,
    checks: [check.handshakes(50)],
  },
  { name: 'transferloss', what: '2 MB, 2 % loss', files: sizes(2 * MIB), scenario: lossy(0.02), checks: [one] },
  {
    name: 'handshakecorruption',
    what: '50 connections, 30 % of the packets damaged',
    behaviour: 'multiconnect',
    files: many(50, KIB),
    scenario: corrupting(0.3),
    timeoutMillis: 300_000,
    checks: [check.handshakes(50)],
  },
  { name: 'transfercorruption', what: '2 MB, 2 % damaged', files: sizes(2 * MIB), scenario: corrupting(0.02), checks: [one] },
  { name: 'ipv6', what: 'over IPv6', files: sizes(5 * KIB, 10 * KIB), host: '::1', checks: [one] },
  {
    name: 'v2',
    what: 'version 1 becomes version 2 by compatible negotiation',
    behaviour: 'v2',
    files: sizes(KIB),
    checks: [one, check.version2],
  },
  {
    name: 'rebind-port',
    what: "10 MB, while the client's port becomes another",
    files: sizes(10 * MIB),
    scenario: rebinding('port'),
    checks: [one, check.newPathsValidated],
  },
  {
    name: 'rebind-addr',
    what: "10 MB, while the client's address becomes another",
    files: sizes(10 * MIB),
    scenario: rebinding('address'),
    checks: [one, check.newPathsValidated, check.newHosts],
  },
  {
    name: 'connectionmigration',
    what: 'the client moves to the address that the server prefers',
    server: 'connectionmigration',
    preferredAddress: true,
    files: sizes(2 * MIB),
    checks: [one, check.prefersAddress, check.newPathsValidated, check.newIdOnNewPath],
  },
]

export const cases: Readonly<Record<string, Case>> = Object.fromEntries(
  rows.map(({ behaviour = 'transfer', checks, ...row }) => {
    const complete: Case = { client: behaviour, server: behaviour, scenario: simple, timeoutMillis: 60_000, ...row, checks: [...checks] }
    return [row.name, row.name === 'v2' ? complete : { ...complete, checks: [...checks, check.version1] }]
  }),
)

/** Cases that belong together, by a name for all of them. */
export const suites: Readonly<Record<string, readonly string[]>> = { http3: ['http3'] }
