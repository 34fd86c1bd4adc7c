// Where contenders meet: a folder with one P-256 certificate for all of them, and the processes that they started.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificateChain } from '../../scripts/support/certificate.ts'
import { Children } from './children.ts'

export interface Field {
  readonly children: Children
  readonly folder: string
  /** Paths of PEM files. */
  readonly cert: string
  readonly key: string
  readonly ca: string
}

/** The server's and the authority's: rustls takes no certificate that is its own authority. */
const CHAIN_LENGTH = 2

export function layField(): Field {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const { cert, key, ca } = createCertificateChain(CHAIN_LENGTH, 0)
  const field = {
    children: new Children(),
    folder,
    cert: join(folder, 'cert.pem'),
    key: join(folder, 'key.pem'),
    ca: join(folder, 'ca.pem'),
  }
  writeFileSync(field.cert, cert)
  writeFileSync(field.ca, ca)
  writeFileSync(field.key, key, { mode: 0o600 })
  return field
}
