// What has to hold in a browser: a row each. The browser itself says by which protocol it was.
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import type { Site } from './site.ts'

export interface Check {
  readonly name: string
  /** Resolves to what was seen, in a few words; rejects if it does not hold. */
  run(page: Page, site: Site): Promise<string>
}

const MIB = 1024 * 1024
const PICTURES = 50
const DATAGRAMS = 20
/** A browser may lose one request to a connection that died with the server, and falls back once more before it dials again. */
const RESTART_ATTEMPTS = 5

interface Carried {
  readonly protocols: readonly string[]
}

interface Transfer extends Carried {
  readonly ours: string
  readonly theirs: string
  readonly seconds: number
}

export const checks: readonly Check[] = [
  {
    name: `a page with ${PICTURES} resources`,
    async run(page) {
      const { widths, protocols } = await inPage<Carried & { widths: number[] }>(page, `loadPictures(${PICTURES})`)
      assert.deepEqual(
        widths,
        Array.from({ length: PICTURES }, (_, index) => index + 1),
      )
      assert.equal(protocols.length, PICTURES)
      return onlyHttp3(protocols)
    },
  },
  { name: 'upload of 10 MiB', run: (page) => transfer(page, `upload(${10 * MIB})`, 10) },
  { name: 'download of 50 MiB', run: (page) => transfer(page, `download(${50 * MIB})`, 50) },
  {
    name: 'WebTransport, streams and datagrams',
    async run(page) {
      const seen = await inPage<object>(page, `webTransportEcho(${MIB}, ${DATAGRAMS})`)
      assert.deepEqual(seen, { echoed: MIB, datagrams: DATAGRAMS, closeCode: 7 })
      return `1 MiB on a stream, ${DATAGRAMS} datagrams, closed with a code`
    },
  },
  {
    name: 'WebSocket',
    async run(page) {
      const { version, echoed } = await inPage<{ version: string; echoed: string[] }>(page, `webSocketEcho(['one', 'two'])`)
      assert.deepEqual(echoed, ['one', 'two'])
      return `by HTTP/${version}, which is the browser's choice`
    },
  },
  {
    name: 'a restart of the server',
    async run(page, site) {
      await site.stop()
      await site.start()
      const { attempt, text, protocols } = await inPage<Carried & { attempt: number; text: string }>(page, `askAgain(${RESTART_ATTEMPTS})`)
      assert.equal(text, 'hello')
      return `${onlyHttp3(protocols)}, at attempt ${attempt}`
    },
  },
]

async function transfer(page: Page, call: string, mebibytes: number): Promise<string> {
  const { ours, theirs, seconds, protocols } = await inPage<Transfer>(page, call)
  assert.equal(ours, theirs)
  return `${onlyHttp3(protocols)}, ${(mebibytes / seconds).toFixed(0)} MiB/s`
}

function onlyHttp3(protocols: readonly string[]): string {
  assert.ok(protocols.length > 0)
  assert.deepEqual([...new Set(protocols)], ['h3'])
  return `${protocols.length} by h3`
}

/** Runs one of the page's functions (pages/page.js). */
function inPage<T>(page: Page, call: string): Promise<T> {
  return page.evaluate(call)
}
