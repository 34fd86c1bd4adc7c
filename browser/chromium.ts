// Chromium, told to speak HTTP/3 with a site of this machine whose certificate nobody has signed.
import { type Browser, chromium } from 'playwright-core'
import type { Site } from './site.ts'

/** Launches the one that the environment names by MILLRACE_CHROMIUM, by default Debian's. Rejects when there is none. */
export function launchChromium({ port, spki }: Site): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.MILLRACE_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      // Root has no sandbox, as in containers.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--enable-quic',
      `--origin-to-force-quic-on=localhost:${port}`,
      `--ignore-certificate-errors-spki-list=${spki}`,
      '--host-resolver-rules=MAP localhost 127.0.0.1',
    ],
  })
}
