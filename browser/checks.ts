// What has to hold in each browser: a row each, in this order. The browser itself says by which protocol it was.
import assert from 'node:assert/strict'
import type { Driver } from './driver.ts'
import type { Site } from './site.ts'

export interface Check {
  readonly name: string
  /** Resolves to what was seen, in a few words; rejects if it does not hold. */
  run(browser: Driver, site: Site): Promise<string>
}

const MIB = 1024 * 1024
const PICTURES = 50
const DATAGRAMS = 20
/** A browser that has heard of HTTP/3 may still take the connection that it has, while it opens the new one. Opening takes long on a busy machine. */
const DISCOVERY_VISITS = 50
/** A browser may lose requests to a connection that died with the server, but dials again. */
const RESTART_LOST = 4
/** Until when it has to be back at HTTP/3, milliseconds. Firefox goes by HTTP/2 until the old connection has drained and two seconds more. */
const RESTART_MILLIS = 60_000

interface Carried {
  readonly protocols: readonly string[]
}

interface Restart extends Carried {
  readonly lost: number
  readonly seconds: number
}

interface Transfer extends Carried {
  readonly ours: string
  readonly theirs: string
  readonly seconds: number
}

export const checks: readonly Check[] = [
  {
    name: 'HTTP/3 is found by Alt-Svc',
    async run(browser, { url }) {
      const protocols: string[] = []
      while (protocols.at(-1) !== 'h3' && protocols.length < DISCOVERY_VISITS) {
        await browser.visit(url)
        protocols.push(await browser.call<string>('pageProtocol()'))
      }
      assert.equal(protocols[0], 'h2')
      assert.equal(protocols.at(-1), 'h3')
      return `the page came by ${protocols.join(', then ')}`
    },
  },
  {
    name: `a page with ${PICTURES} resources`,
    async run(browser) {
      const { widths, protocols } = await browser.call<Carried & { widths: number[] }>(`loadPictures(${PICTURES})`)
      assert.deepEqual(
        widths,
        Array.from({ length: PICTURES }, (_, index) => index + 1),
      )
      assert.equal(protocols.length, PICTURES)
      return onlyHttp3(protocols)
    },
  },
  { name: 'upload of 10 MiB', run: (browser) => transfer(browser, `upload(${10 * MIB})`, 10) },
  { name: 'download of 50 MiB', run: (browser) => transfer(browser, `download(${50 * MIB})`, 50) },
  { name: 'WebTransport, streams and datagrams', run: (browser) => webTransport(browser, `webTransportEcho(${MIB}, ${DATAGRAMS})`) },
  {
    name: "WebTransport by the certificate's hash",
    run: (browser, { certificateHash }) => webTransport(browser, `webTransportEcho(${MIB}, ${DATAGRAMS}, '${certificateHash}')`),
  },
  {
    name: 'WebSocket',
    async run(browser) {
      const { version, echoed } = await browser.call<{ version: string; echoed: string[] }>(`webSocketEcho(['one', 'two'])`)
      assert.deepEqual(echoed, ['one', 'two'])
      return `by HTTP/${version}, which is the browser's choice`
    },
  },
  {
    name: 'a restart of the server',
    async run(browser, site) {
      await site.stop()
      await site.start()
      const { lost, protocols, seconds } = await browser.call<Restart>(`askUntilHttp3(${RESTART_MILLIS})`)
      assert.ok(lost <= RESTART_LOST, `${lost} requests had no answer`)
      assert.equal(protocols.at(-1), 'h3')
      return `${protocols.length - 1} by h2, then h3 again, ${seconds.toFixed(1)} s later; ${lost} had no answer`
    },
  },
]

async function transfer(browser: Driver, call: string, mebibytes: number): Promise<string> {
  const { ours, theirs, seconds, protocols } = await browser.call<Transfer>(call)
  assert.equal(ours, theirs)
  return `${onlyHttp3(protocols)}, ${(mebibytes / seconds).toFixed(0)} MiB/s`
}

async function webTransport(browser: Driver, call: string): Promise<string> {
  assert.deepEqual(await browser.call<object>(call), { echoed: MIB, datagrams: DATAGRAMS, closeCode: 7 })
  return `1 MiB on a stream, ${DATAGRAMS} datagrams, closed with a code`
}

function onlyHttp3(protocols: readonly string[]): string {
  assert.ok(protocols.length > 0)
  assert.deepEqual([...new Set(protocols)], ['h3'])
  return `${protocols.length} by h3`
}
