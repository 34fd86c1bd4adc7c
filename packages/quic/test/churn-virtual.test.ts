// Ten thousand connections with real TLS come and go in virtual time, each in one of the ways in which connections end, and memory stays flat
// (CVE-2024-45396, CVE-2023-50247, CVE-2024-45402). OpenSSL's own memory, which no snapshot shows, is seen in the heap of C.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TlsContext } from '@millrace/native'
import { createCertificate } from '../../native/test/certificates.ts'
import { Connection } from '../src/core/connection.ts'
import { PathRecovery } from '../src/core/recovery/path-recovery.ts'
import { Stream } from '../src/core/streams/stream.ts'
import { closeOf, say } from './support/connected.ts'
import { growthOfRounds, heapOfC, liveObjects } from './support/memory.ts'
import { type Contexts, Pair } from './support/pair.ts'

/** Two rounds warm up, three count. */
const ROUNDS = 3
const EACH_ROUND = 2000
/** Objects that one pair of ends in a hundred may leave. */
const OBJECTS = EACH_ROUND / 100
/** Bytes of the heap that a pair of ends may leave: less than the least object that would be one's own. */
const HEAP_EACH = 40
/** Bytes of the heap of C: less than a TLS session of OpenSSL's, of which a pair has two. */
const OUTSIDE_EACH = 10_000

/** What becomes of a connection; `index` makes each a little different. */
const ENDINGS: readonly ((contexts: Contexts, index: number) => Pair)[] = [
  function saysSomethingAndCloses(contexts, seed) {
    const pair = confirmed({ contexts, seed })
    say(pair.client, Buffer.alloc(1000 + seed))
    pair.pass(100)
    pair.client.connection.close(0n, 'done', pair.now)
    pair.pass(5000)
    return pair
  },
  function isClosedByTheServerInTheMiddleOfAStream(contexts, seed) {
    const pair = confirmed({ contexts, seed })
    say(pair.client, Buffer.alloc(100_000))
    pair.pass(15)
    pair.server.connection.close(7n, 'enough', pair.now)
    pair.pass(5000)
    return pair
  },
  function fallsSilent(contexts, seed) {
    let silent = false
    const pair = confirmed({ contexts, seed, drop: () => silent })
    silent = true
    say(pair.client, Buffer.alloc(5000))
    pair.pass(100_000)
    return pair
  },
  function isCutOffInTheHandshake(contexts, seed) {
    const pair = new Pair({ contexts, seed, handshakeTimeoutMillis: 3000, drop: (_from, _datagram, index) => index >= 2 + (seed % 4) })
    pair.pass(100_000)
    return pair
  },
  function isGivenUpByItsOwner(contexts, seed) {
    const pair = confirmed({ contexts, seed })
    say(pair.server, Buffer.alloc(5000), 'uni')
    return pair
  },
]

function confirmed(options: ConstructorParameters<typeof Pair>[0]): Pair {
  const pair = new Pair(options)
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  return pair
}

test('ten thousand connections come and go, and nothing of them stays', async (t) => {
  const certificate = createCertificate({ name: 'localhost', hosts: ['localhost'] })
  const contexts: Contexts = {
    client: new TlsContext({ side: 'client', alpn: ['test'], ca: certificate.certs, groups: 'X25519' }),
    server: new TlsContext({ side: 'server', alpn: ['test'], sni: { '*': certificate } }),
  }
  let count = 0
  const outside: (number | null)[] = []
  const growth = await growthOfRounds(ROUNDS, () => {
    for (let i = 0; i < EACH_ROUND; i++) {
      const pair = ENDINGS[count % ENDINGS.length]!(contexts, ++count)
      const over = count % ENDINGS.length !== 0
      if (over) assert.ok(closeOf(pair.client) !== null && closeOf(pair.server) !== null)
      pair.release()
    }
    outside.push(heapOfC())
  })
  assert.equal(count, 10_000)
  for (const kind of [Connection, Stream, PathRecovery, Pair]) assert.equal(liveObjects(kind), 0, `a ${kind.name} is still there`)
  contexts.client.release()
  contexts.server.release()
  // The first round fills pools, and after the second a snapshot is made.
  const grown = outside[1]! - outside[0]!
  t.diagnostic(
    `${growth.objects / EACH_ROUND} objects, ${growth.bytes / EACH_ROUND} bytes of the heap and ${grown / EACH_ROUND} outside for each pair`,
  )
  assert.ok(growth.objects < OBJECTS, `${growth.objects} objects more for ${EACH_ROUND} pairs`)
  assert.ok(growth.bytes < HEAP_EACH * EACH_ROUND, `${growth.bytes} bytes more in the heap for ${EACH_ROUND} pairs`)
  assert.ok(grown < OUTSIDE_EACH * EACH_ROUND, `${grown} bytes more outside of it for ${EACH_ROUND} pairs`)
})
