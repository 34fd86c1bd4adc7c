// Chromium, driven by playwright-core.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium as program } from 'playwright-core'
import type { Launcher } from './driver.ts'
import { trustAuthority } from './trust.ts'

/** By default Debian's; another that the environment names by MILLRACE_CHROMIUM. */
export const chromium: Launcher = {
  name: 'chromium',
  async launch(authority) {
    const home = await mkdtemp(join(tmpdir(), 'millrace-chromium-'))
    await trustAuthority(join(home, '.pki/nssdb'), authority)
    const browser = await program.launch({
      executablePath: process.env.MILLRACE_CHROMIUM ?? '/usr/bin/chromium',
      env: { ...process.env, HOME: home },
      args: [
        // Root has no sandbox, as in containers.
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        // Chromium speaks QUIC with no host whose authority did not come with it (net/quic/crypto/proof_verifier_chromium.cc), unless some port of the host
        // stands here (HostsFromOrigins in net/quic/quic_session_pool.cc). It forces QUIC on that port alone: on the site's, `Alt-Svc` has to tell.
        '--origin-to-force-quic-on=localhost:1',
        '--host-resolver-rules=MAP localhost 127.0.0.1',
      ],
    })
    const page = await browser.newPage()
    return {
      version: `Chromium ${browser.version()}`,
      visit: async (url) => void (await page.goto(url)),
      call: <T>(expression: string) => page.evaluate(expression) as Promise<T>,
      async close() {
        await browser.close()
        await rm(home, { recursive: true, force: true })
      },
    }
  },
}
