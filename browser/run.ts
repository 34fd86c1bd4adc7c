// Drives a real browser against Millrace: `npm run browser`, after `bash browser/install.sh`. Prints a table; exits 0 when every row holds, 1 otherwise.
import { type Check, checks } from './checks.ts'
import { launchChromium } from './chromium.ts'
import { Site } from './site.ts'

/** A check that takes longer hangs, milliseconds: what it waits for is on this machine. */
const CHECK_TIMEOUT = 45_000

const site = new Site()
await site.start()
const browser = await launchChromium(site)
console.log(`Chromium ${browser.version()}, https://localhost:${site.port}/\n`)
const page = await browser.newPage()
await page.goto(`https://localhost:${site.port}/`)

let failures = 0
for (const check of checks) {
  const { holds, seen } = await outcome(check)
  if (!holds) failures++
  console.log(`${holds ? 'ok    ' : 'FAILED'}  ${check.name.padEnd(40)}  ${seen}`)
}

await browser.close()
await site.stop()
console.log(`\n${checks.length - failures} of ${checks.length} hold`)
process.exitCode = failures === 0 ? 0 : 1

async function outcome(check: Check): Promise<{ holds: boolean; seen: string }> {
  const hanging = AbortSignal.timeout(CHECK_TIMEOUT)
  const late = new Promise<never>((_, reject) => hanging.addEventListener('abort', () => reject(hanging.reason)))
  try {
    return { holds: true, seen: await Promise.race([check.run(page, site), late]) }
  } catch (error) {
    return { holds: false, seen: error instanceof Error ? error.message : String(error) }
  }
}
