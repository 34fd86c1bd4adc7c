// A listener of the user's that throws is an uncaught exception, and no more: sessions go on and end, the socket closes, others are told.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'

/** A server whose listeners all throw, and two clients of the same process, of which one has listeners that throw as well. */
const PROGRAM = `
import { connect, listen } from '${new URL('../src/index.ts', import.meta.url).href}'
import { createCertificate } from '${new URL('../../native/test/certificates.ts', import.meta.url).href}'

let thrown = 0
process.on('uncaughtException', (error) => {
  // The latter is what streams throw whose session is over.
  if (error.message !== 'mine' && error.code !== 'ERR_QUIC_CLOSED') throw error
  thrown++
})
const throws = () => { throw new Error('mine') }

const certificate = createCertificate({ name: 'localhost', hosts: ['127.0.0.1'] })
const server = await listen((session) => {
  session.ondatagram = throws
  session.onstream = (stream) => {
    stream.onreadable = () => { stream.writeSync(stream.readSync()); throws() }
    stream.onclosed = throws
  }
  throws()
}, { alpn: 'test', sni: { '*': certificate }, endpoint: { address: '127.0.0.1:0' }, maxDatagramFrameSize: 1200 })

const clients = await Promise.all([1, 2].map(() =>
  connect('127.0.0.1:' + server.address.port, { alpn: 'test', ca: certificate.certs, maxDatagramFrameSize: 1200 })))
const answers = clients.map(async (session, place) => {
  await session.sendDatagram(Buffer.from('one'))
  const stream = await session.createBidirectionalStream()
  const answered = Promise.withResolvers()
  stream.onreadable = () => {
    const chunk = stream.readSync()
    if (chunk) answered.resolve(String(chunk))
    if (place === 1) throws()
  }
  if (place === 1) stream.onclosed = throws
  stream.writeSync('word')
  return answered.promise
})
console.log(...await Promise.all(answers))
for (const session of clients) session.destroy()
server.destroy()
await Promise.all([...clients.flatMap((session) => [session.closed, session.endpoint.closed]), server.closed])
console.log(thrown >= 7 ? 'all closed' : thrown)
`

test('what listeners throw is heard by the process, and leaves nothing undone', async () => {
  const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '-e', PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
  assert.deepEqual(await once(child, 'exit'), [0, null])
  assert.equal(said, 'word word\nall closed\n')
})
