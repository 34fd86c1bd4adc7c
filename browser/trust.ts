// An authority of one's own in the certificate database of a profile: Chromium and Firefox both read NSS's.
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Makes the database in that directory, with the authority (PEM) in it as one that signs for web sites. */
export async function trustAuthority(directory: string, authority: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  const file = join(directory, 'authority.pem')
  await writeFile(file, authority)
  await certutil('-N', '-d', `sql:${directory}`, '--empty-password')
  await certutil('-A', '-d', `sql:${directory}`, '-n', 'Millrace in a browser', '-t', 'C,,', '-i', file)
}

async function certutil(...args: readonly string[]): Promise<void> {
  await promisify(execFile)('certutil', args)
}
