// The options of TLS that several commands share.

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { MillraceError } from '../error.ts'

export interface IdentityFlags {
  readonly cert?: string
  readonly key?: string
}

export interface TrustFlags {
  readonly ca?: string
  readonly insecure?: boolean
}

export function withIdentity(command: Command): Command {
  return command
    .option('--cert <file>', 'PEM certificate chain to show (default: a development certificate, made at start)')
    .option('--key <file>', 'PEM private key of --cert')
}

export function withTrust(command: Command): Command {
  return command
    .option('--ca <file>', 'PEM certificate authorities to trust (default: those of the system)')
    .option('--insecure', 'take any certificate; on loopback addresses that is the rule, elsewhere it is dangerous')
}

export async function readIdentity({ cert, key }: IdentityFlags, cwd: string): Promise<{ certificate: string; key: string } | undefined> {
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined)
    throw new MillraceError('ERR_MILLRACE_OPTION', '--cert and --key go together; give both or neither')
  return { certificate: await read('--cert', cert, cwd), key: await read('--key', key, cwd) }
}

export async function readTrust({ ca, insecure }: TrustFlags, cwd: string): Promise<{ ca?: string; insecure?: boolean }> {
  return { ...(ca !== undefined && { ca: await read('--ca', ca, cwd) }), ...(insecure === true && { insecure }) }
}

async function read(option: string, path: string, cwd: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, path), 'utf8')
  } catch (cause) {
    throw new MillraceError('ERR_MILLRACE_OPTION', `${option} ${path}: cannot be read; give the path of a PEM file`, { cause })
  }
}
