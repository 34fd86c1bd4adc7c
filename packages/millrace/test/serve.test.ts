// `millrace serve`: a directory over HTTP/3, from the command line to the bytes.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { after, test } from 'node:test'
import { Http3Session } from '@millrace/http3'
import { connect } from '@millrace/quic'
import { runProgram } from '../src/cli/program.ts'

const directory = mkdtempSync(join(tmpdir(), 'millrace-serve-'))
after(() => rmSync(directory, { recursive: true }))
writeFileSync(join(directory, 'index.html'), '<h1>hello</h1>')

test('a directory is served over HTTP/3 with a development certificate, until the user stops it; a line tells how a browser takes it', async () => {
  const stopping = new AbortController()
  const lines = new Lines()
  const host = { cwd: directory, stdin: Readable.from([]), stdout: lines, stderr: lines, signal: stopping.signal }
  const ended = runProgram(['serve', '.', '--listen', '127.0.0.1:0'], host)

  const serving = await lines.next(/at https:\/\/127\.0\.0\.1:(?<port>\d+)\/ .*SHA-256 (?<hash>[0-9a-f]{64})$/)
  const chromium = await lines.next(/--origin-to-force-quic-on=(?<origin>\S+) --ignore-certificate-errors-spki-list=(?<spki>\S{44}) https/)
  assert.equal(chromium.origin, `127.0.0.1:${serving.port}`)

  const quic = await connect(`127.0.0.1:${serving.port}`, { alpn: 'h3', rejectUnauthorized: false })
  await quic.opened
  assert.equal(quic.peerCertificate!.fingerprint256.replaceAll(':', '').toLowerCase(), serving.hash)
  const session = Http3Session.client(quic)
  const stream = await session.request([':method', 'GET', ':scheme', 'https', ':authority', chromium.origin!, ':path', '/'], {
    endStream: true,
  })
  assert.ok((await stream.response()).includes('text/html; charset=utf-8'))
  assert.equal(Buffer.from((await stream.read())!).toString(), '<h1>hello</h1>')

  stopping.abort()
  assert.equal(await ended, 0)
  await session.closed
})

/** What is written, by the line. */
class Lines extends Writable {
  #text = ''
  #wake = Promise.withResolvers<void>()

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.#text += chunk.toString()
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
    done()
  }

  /** The named groups of the first line that looks like that. */
  async next(shape: RegExp): Promise<Record<string, string>> {
    while (true) {
      const { promise } = this.#wake
      for (const line of this.#text.split('\n')) {
        const groups = shape.exec(line)?.groups
        if (groups !== undefined) return groups
      }
      await promise
    }
  }
}
