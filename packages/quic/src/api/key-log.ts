// SSLKEYLOGFILE: the secrets of every session, appended to a file, so that tshark and Wireshark can look inside.
import { appendFileSync } from 'node:fs'

/** Where key log lines go for this environment; null when nobody asked. The file is written at once: a capture may be read while we run. */
export function keyLogFile(environment: NodeJS.ProcessEnv = process.env): ((line: string) => void) | null {
  const path = environment.SSLKEYLOGFILE
  if (path === undefined || path === '') return null
  return (line) => appendFileSync(path, `${line}\n`, { mode: 0o600 })
}
