// Drives real browsers against Millrace: `npm run browser`, after `bash browser/install.sh`; `-- --browser firefox` drives that one alone. Prints a table
// for each; exits 0 when every row holds, 1 otherwise, 2 when it does not know the browser.
import { parseArgs } from 'node:util'
import { type Check, checks } from './checks.ts'
import { chromium } from './chromium.ts'
import type { Driver, Launcher } from './driver.ts'
import { firefox } from './firefox/firefox.ts'
import { Site } from './site.ts'

const LAUNCHERS: readonly Launcher[] = [chromium, firefox]

/** A check that takes longer hangs, milliseconds: what it waits for is on this machine. */
const CHECK_TIMEOUT = 120_000

const { values } = parseArgs({ options: { browser: { type: 'string' } } })
const chosen = LAUNCHERS.filter(({ name }) => values.browser === undefined || values.browser === name)
if (chosen.length === 0) {
  console.error(`'${values.browser}' is not known; there are ${LAUNCHERS.map(({ name }) => name).join(' and ')}`)
  process.exit(2)
}
for (const launcher of chosen) if (!(await holdsIn(launcher))) process.exitCode = 1

/** Whether each check holds in that browser, which sees a site of its own. */
async function holdsIn(launcher: Launcher): Promise<boolean> {
  const site = new Site()
  await site.start()
  const browser = await launcher.launch(site.authority)
  console.log(`${browser.version}, ${site.url}\n`)
  let holding = 0
  for (const check of checks) {
    const { holds, seen } = await outcome(check, browser, site)
    if (holds) holding++
    console.log(`${holds ? 'ok    ' : 'FAILED'}  ${check.name.padEnd(40)}  ${seen}`)
  }
  console.log(`\n${holding} of ${checks.length} hold\n`)
  await browser.close()
  await site.stop()
  return holding === checks.length
}

async function outcome(check: Check, browser: Driver, site: Site): Promise<{ holds: boolean; seen: string }> {
  const hanging = AbortSignal.timeout(CHECK_TIMEOUT)
  const late = new Promise<never>((_, reject) => hanging.addEventListener('abort', () => reject(hanging.reason)))
  try {
    return { holds: true, seen: await Promise.race([check.run(browser, site), late]) }
  } catch (error) {
    return { holds: false, seen: error instanceof Error ? error.message : String(error) }
  }
}
