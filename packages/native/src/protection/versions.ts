// What the versions of QUIC protect their packets with: each has constants of its own, so that nobody on the way learns one version by heart.
// RFC 9001 sections 5.1, 5.2, 5.8 and 6.1; RFC 9369 section 3.3.
import { Buffer } from 'node:buffer'
import { NativeError } from '../error.ts'

/** QUIC version 1, RFC 9000. */
export const VERSION_1 = 0x0000_0001
/** QUIC version 2, RFC 9369. */
export const VERSION_2 = 0x6b33_43cf

/** HKDF labels of packet protection. RFC 9001 sections 5.1, 5.4 and 6.1. */
export interface KeyLabels {
  readonly key: string
  readonly iv: string
  readonly headerProtection: string
  readonly keyUpdate: string
}

export interface VersionConstants {
  readonly initialSalt: Buffer
  readonly labels: KeyLabels
  /** Key and nonce of the Retry Integrity Tag. */
  readonly retryKey: Buffer
  readonly retryNonce: Buffer
}

function labels(prefix: string): KeyLabels {
  return { key: `${prefix} key`, iv: `${prefix} iv`, headerProtection: `${prefix} hp`, keyUpdate: `${prefix} ku` }
}

const VERSIONS: ReadonlyMap<number, VersionConstants> = new Map([
  [
    VERSION_1,
    {
      initialSalt: Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex'),
      labels: labels('quic'),
      retryKey: Buffer.from('be0c690b9f66575a1d766b54e368c84e', 'hex'),
      retryNonce: Buffer.from('461599d35d632bf2239825bb', 'hex'),
    },
  ],
  [
    VERSION_2,
    {
      initialSalt: Buffer.from('0dede3def700a6db819381be6e269dcbf9bd2ed9', 'hex'),
      labels: labels('quicv2'),
      retryKey: Buffer.from('8fb4b01b56ac48e260fbcbcead7ccc92', 'hex'),
      retryNonce: Buffer.from('d86969bc2d7c6d9990efb04a', 'hex'),
    },
  ],
])

/** Throws `NativeError` (`ERR_NATIVE_OPTION`) for a version that is neither 1 nor 2. */
export function versionConstants(version: number): VersionConstants {
  const constants = VERSIONS.get(version)
  if (constants === undefined) throw new NativeError('ERR_NATIVE_OPTION', `QUIC version 0x${version.toString(16)} has no known keys.`)
  return constants
}

export const LABELS_1: KeyLabels = versionConstants(VERSION_1).labels
