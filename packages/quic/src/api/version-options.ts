// Which versions of QUIC a session may speak, and the tokens that go with one of them. RFC 9368, RFC 9369.
import { Buffer } from 'node:buffer'
import { SUPPORTED_VERSIONS, VERSION_1 } from '../core/wire/version.ts'
import { wrong } from './option-checks.ts'

export interface VersionOptions {
  /** Client: the version of the first packet, 0x1 or 0x6b3343cf (version 2, RFC 9369). Default 0x1, which most servers understand. */
  readonly version?: number
  /**
   * Versions that may be spoken, the preferred one first. A server goes over to the first of the client's that it speaks too. Default: 0x1 and
   * 0x6b3343cf in this order. RFC 9368.
   */
  readonly versions?: readonly number[]
  /** Client: what `onnewtoken` gave in an earlier session with the same server; saves a round trip if that validates addresses. Use it once. */
  readonly token?: Uint8Array
}

/** @internal */
export interface CheckedVersions {
  readonly version: number
  readonly versions: readonly number[]
}

const VERSION_LENGTH = 4
const NO_TOKEN: Uint8Array = new Uint8Array(0)

/** @internal */
export function checkVersionOptions(options: VersionOptions): CheckedVersions {
  const versions = options.versions ?? SUPPORTED_VERSIONS
  for (const version of versions) checkKnown('versions', version)
  if (versions.length === 0) throw wrong('versions', 'is empty; name one version at least')
  const version = options.version ?? (versions.includes(VERSION_1) ? VERSION_1 : versions[0]!)
  checkKnown('version', version)
  if (!versions.includes(version)) throw wrong('version', `is ${hex(version)}, which versions does not list`)
  if (options.token !== undefined) givenToken(version, options.token)
  return { version, versions: [...new Set(versions)] }
}

/** What users are given to keep: the token with its version, since it serves no other. RFC 9369 section 5. */
export function tokenToKeep(version: number, token: Uint8Array): Buffer {
  const kept = Buffer.alloc(VERSION_LENGTH + token.length)
  kept.writeUInt32BE(version)
  kept.set(token, VERSION_LENGTH)
  return kept
}

/** What was kept, without its version; empty if there was nothing, or nothing for this version. */
export function savedToken(version: number, kept: Uint8Array | undefined): Uint8Array {
  if (kept === undefined || kept.length <= VERSION_LENGTH) return NO_TOKEN
  const bytes = Buffer.from(kept)
  return bytes.readUInt32BE() === version ? new Uint8Array(bytes.subarray(VERSION_LENGTH)) : NO_TOKEN
}

/** What a user gives back. Throws ERR_QUIC_OPTION for what `tokenToKeep` did not make. @internal */
export function givenToken(version: number, kept: Uint8Array): Uint8Array {
  if (kept.length <= VERSION_LENGTH) throw wrong('token', 'is none that onnewtoken gave')
  return savedToken(version, kept)
}

function checkKnown(option: string, version: number): void {
  if (SUPPORTED_VERSIONS.includes(version)) return
  throw wrong(option, `has ${String(version)}; there are ${SUPPORTED_VERSIONS.map(hex).join(' and ')}`)
}

function hex(version: number): string {
  return `0x${version.toString(16)}`
}
