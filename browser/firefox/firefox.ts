// Firefox as its users have it, driven by WebDriver BiDi, which it speaks itself. playwright-core drives none but builds of its own, and puppeteer-core
// would bring eighty packages for the five commands that are needed here.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child } from '../../scripts/support/child.ts'
import type { Driver, Launcher } from '../driver.ts'
import { trustAuthority } from '../trust.ts'
import { BidiClient } from './bidi.ts'
import { preferencesFile } from './preferences.ts'

/** Firefox is ended when the checks have taken so many milliseconds. */
const LIFETIME = 300_000

/** By default Debian's; another that the environment names by MILLRACE_FIREFOX. */
export const firefox: Launcher = {
  name: 'firefox',
  async launch(authority) {
    const profile = await mkdtemp(join(tmpdir(), 'millrace-firefox-'))
    await trustAuthority(profile, authority)
    await writeFile(join(profile, 'user.js'), preferencesFile())
    const args = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port=0']
    const program = new Child({ program: process.env.MILLRACE_FIREFOX ?? '/usr/bin/firefox-esr', args, env: { HOME: profile } }, LIFETIME)
    const [, address] = await program.prints(/WebDriver BiDi listening on (ws:\S+)/)
    return drive(await BidiClient.connect(`${address}/session`), async () => {
      await program.stop()
      await rm(profile, { recursive: true, force: true })
    })
  },
}

interface Session {
  readonly capabilities: { readonly browserVersion: string }
}

interface Evaluated {
  readonly type: 'success' | 'exception'
  readonly result?: { readonly value: string }
  readonly exceptionDetails?: { readonly text: string }
}

async function drive(client: BidiClient, end: () => Promise<void>): Promise<Driver> {
  const { capabilities } = await client.command<Session>('session.new', { capabilities: {} })
  const { context } = await client.command<{ context: string }>('browsingContext.create', { type: 'tab' })
  return {
    version: `Firefox ${capabilities.browserVersion}`,
    visit: (url) => client.command('browsingContext.navigate', { context, url, wait: 'complete' }),
    async call<T>(expression: string): Promise<T> {
      const { result, exceptionDetails } = await client.command<Evaluated>('script.evaluate', {
        expression: `Promise.resolve(${expression}).then(JSON.stringify)`,
        target: { context },
        awaitPromise: true,
      })
      if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text)
      return JSON.parse(result!.value) as T
    },
    async close() {
      await client.command('browser.close', {})
      await end()
    },
  }
}
