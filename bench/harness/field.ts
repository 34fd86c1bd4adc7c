// Where contenders meet: a folder with one P-256 certificate for all of them, and the processes that they started.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificate } from '../../scripts/support/certificate.ts'
import { Children } from './children.ts'

export interface Field {
  readonly children: Children
  readonly folder: string
  /** Paths of PEM files. The certificate is its own authority. */
  readonly cert: string
  readonly key: string
}

export function layField(): Field {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const { cert, key } = createCertificate()
  const field = { children: new Children(), folder, cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  writeFileSync(field.cert, cert)
  writeFileSync(field.key, key, { mode: 0o600 })
  return field
}
