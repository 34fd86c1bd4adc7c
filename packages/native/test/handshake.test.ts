import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { describe, it } from 'node:test'
import { TlsContext, type TlsContextOptions, type TlsSessionOptions } from '../src/index.ts'
import { BareServer } from './bare-server.ts'
import { createCertificate } from './certificates.ts'
import { converse, eventsOf, keysFit, releaseAll, type Side } from './handshake.ts'

const DAY = 86_400_000
const authority = createCertificate({ name: 'Test CA', isAuthority: true })
const local = createCertificate({ name: 'local', hosts: ['localhost', '127.0.0.1', '::1'], issuer: authority })
const CLIENT_PARAMETERS = Buffer.from('client parameters')
const SERVER_PARAMETERS = Buffer.from('server parameters')

interface Meeting {
  readonly server?: Partial<TlsContextOptions>
  readonly client?: Partial<TlsContextOptions>
  readonly session?: Partial<TlsSessionOptions>
}

describe('a handshake', () => {
  it("gives both sides keys that fit, the protocol, and the other side's transport parameters", () => {
    const sides = meet({ server: { alpn: ['h3', 'millrace/1'] }, client: { alpn: ['millrace/1', 'h3'] } })
    for (const side of [sides.client, sides.server]) {
      assert.deepEqual(eventsOf(side, 'alertRaised'), [])
      assert.deepEqual(eventsOf(side, 'handshakeCompleted'), [
        {
          type: 'handshakeCompleted',
          alpn: 'h3',
          cipher: 'TLS_AES_128_GCM_SHA256',
          resumed: false,
          earlyData: 'none',
          servername: 'localhost',
        },
      ])
      assert.deepEqual(
        eventsOf(side, 'sealerInstalled').map((event) => event.level),
        ['handshake', '1rtt'],
      )
      assert.deepEqual(
        eventsOf(side, 'openerInstalled').map((event) => event.level),
        ['handshake', '1rtt'],
      )
    }
    assert.deepEqual(eventsOf(sides.client, 'transportParametersReceived')[0]!.bytes, SERVER_PARAMETERS)
    assert.deepEqual(eventsOf(sides.server, 'transportParametersReceived')[0]!.bytes, CLIENT_PARAMETERS)
    keysFit(sides.client, sides.server)
    keysFit(sides.server, sides.client)
    releaseAll(sides)
  })

  it('is the same when CRYPTO bytes come one at a time', () => {
    const sides = prepare({})
    const whole = converse(sides.client, sides.server, (from, level, bytes) => {
      const to = from === 'client' ? sides.server : sides.client
      for (const byte of bytes) to.provide(level, Uint8Array.of(byte))
      return null
    })
    assert.equal(eventsOf(whole.client, 'handshakeCompleted').length, 1)
    assert.equal(eventsOf(whole.server, 'handshakeCompleted').length, 1)
    releaseAll(whole)
  })

  for (const cipher of ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']) {
    it(`works with ${cipher}`, () => {
      const sides = meet({ client: { ciphers: cipher } })
      assert.equal(eventsOf(sides.client, 'handshakeCompleted')[0]!.cipher, cipher)
      keysFit(sides.client, sides.server)
      keysFit(sides.server, sides.client)
      releaseAll(sides)
    })
  }

  it('takes AES-128-GCM although the client prefers another', () => {
    const sides = meet({ client: { ciphers: 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256' } })
    assert.equal(eventsOf(sides.client, 'handshakeCompleted')[0]!.cipher, 'TLS_AES_128_GCM_SHA256')
    releaseAll(sides)
  })

  it('answers a client without the right key share with a HelloRetryRequest', () => {
    const sides = meet({ server: { groups: 'P-384' }, client: { groups: 'X25519:P-384' } })
    assert.equal(eventsOf(sides.client, 'handshakeCompleted').length, 1)
    assert.ok(eventsOf(sides.client, 'cryptoProduced').filter((event) => event.level === 'initial').length >= 2)
    releaseAll(sides)
  })

  it('logs its secrets for those who debug', () => {
    const lines: string[] = []
    const sides = meet({ server: { keylog: (line) => lines.push(line) } })
    for (const label of [
      'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
      'SERVER_HANDSHAKE_TRAFFIC_SECRET',
      'CLIENT_TRAFFIC_SECRET_0',
      'SERVER_TRAFFIC_SECRET_0',
    ]) {
      assert.equal(lines.filter((line) => new RegExp(`^${label} [0-9a-f]{64} [0-9a-f]{64}$`).test(line)).length, 1, label)
    }
    releaseAll(sides)
  })
})

describe('resumption', () => {
  it('by a ticket of an earlier session is shorter and keeps the protocol', () => {
    const server = serverContext({})
    const client = clientContext({})
    const first = meetWith(server, client, {})
    const tickets = eventsOf(first.client, 'ticketReceived')
    assert.ok(tickets.length >= 1)
    const second = meetWith(server, client, { ticket: tickets.at(-1)!.ticket })
    assert.equal(eventsOf(second.client, 'handshakeCompleted')[0]!.resumed, true)
    assert.equal(eventsOf(second.server, 'handshakeCompleted')[0]!.resumed, true)
    keysFit(second.client, second.server)

    const elsewhere = meetWith(server, client, { ticket: tickets.at(-1)!.ticket, servername: '127.0.0.1' })
    assert.equal(eventsOf(elsewhere.client, 'handshakeCompleted')[0]!.resumed, false, 'not for another name')
    const broken = meetWith(server, client, { ticket: Buffer.from('not a ticket') })
    assert.equal(eventsOf(broken.client, 'handshakeCompleted')[0]!.resumed, false)
    for (const sides of [first, second, elsewhere, broken]) releaseAll(sides)
    server.release()
    client.release()
  })

  it('does not carry an unverified session over to a client that verifies', () => {
    const server = serverContext({})
    const careless = clientContext({ rejectUnauthorized: false })
    const careful = clientContext({ ca: createCertificate({ name: 'Another CA', isAuthority: true }).certs })
    const first = meetWith(server, careless, {})
    const { ticket } = eventsOf(first.client, 'ticketReceived')[0]!
    const second = meetWith(server, careful, { ticket })
    assert.equal(eventsOf(second.client, 'alertRaised').length, 1)
    assert.equal(eventsOf(second.client, 'handshakeCompleted').length, 0)
    for (const sides of [first, second]) releaseAll(sides)
    for (const context of [server, careless, careful]) context.release()
  })
})

describe('a client refuses a server', () => {
  const refusals: readonly [why: string, meeting: Meeting, alert: number, message: RegExp][] = [
    [
      'of an authority that it does not trust',
      { client: { ca: createCertificate({ name: 'Other CA', isAuthority: true }).certs } },
      48,
      /issuer certificate.*`ca`/,
    ],
    [
      'with a self-signed certificate',
      { server: { sni: { '*': createCertificate({ name: 'self', hosts: ['localhost'] }) } } },
      48,
      /self-signed.*`ca`/,
    ],
    ['with a certificate for another name', { session: { servername: 'example.com' } }, 42, /example\.com.*hostname mismatch/i],
    ['with a certificate for another address', { session: { servername: '127.0.0.2' } }, 42, /127\.0\.0\.2.*IP address mismatch/],
    [
      'whose certificate names it by common name alone',
      { server: { sni: { '*': createCertificate({ name: 'localhost', issuer: authority }) } } },
      42,
      /hostname mismatch/i,
    ],
    [
      'with an expired certificate',
      {
        server: {
          sni: {
            '*': createCertificate({ name: 'old', hosts: ['localhost'], issuer: authority, notAfter: new Date(Date.now() - DAY / 2) }),
          },
        },
      },
      45,
      /expired.*Renew/,
    ],
    [
      'with a certificate that is not valid yet',
      {
        server: {
          sni: { '*': createCertificate({ name: 'new', hosts: ['localhost'], issuer: authority, notBefore: new Date(Date.now() + DAY) }) },
        },
      },
      42,
      /not yet valid.*clocks/,
    ],
    ['that speaks none of its protocols', { client: { alpn: ['h3'] }, server: { alpn: ['mqtt'] } }, 120, /no.application.protocol/i],
  ]
  for (const [why, meeting, alert, message] of refusals) {
    it(why, () => {
      const sides = meet(meeting)
      const [raised] = [...eventsOf(sides.client, 'alertRaised'), ...eventsOf(sides.server, 'alertRaised')]
      assert.equal(raised?.alert, alert)
      assert.match(raised!.message, message)
      assert.equal(eventsOf(sides.client, 'handshakeCompleted').length, 0)
      releaseAll(sides)
    })
  }

  it('that selects no protocol (RFC 9001 section 8.1)', () => {
    const context = clientContext({})
    const client = context.session({ transportParameters: CLIENT_PARAMETERS, servername: 'localhost' })
    const sides = converse(client, new BareServer(local, SERVER_PARAMETERS))
    assert.deepEqual(eventsOf(sides.client, 'transportParametersReceived').length, 1, 'its flight is read to the end')
    const [raised] = eventsOf(sides.client, 'alertRaised')
    assert.equal(raised?.alert, 120)
    assert.equal(eventsOf(sides.client, 'handshakeCompleted').length, 0)
    releaseAll(sides)
    context.release()
  })

  it('unless it trusts that very certificate, by PEM or DER, or does not care', () => {
    const self = createCertificate({ name: 'self', hosts: ['localhost', '::1'] })
    const options: readonly Partial<TlsContextOptions>[] = [
      { ca: self.certs },
      { ca: self.der },
      { ca: Buffer.from(self.certs) },
      { ca: [authority.certs, self.der] },
      { rejectUnauthorized: false },
    ]
    for (const client of options) {
      for (const servername of ['localhost', 'LOCALHOST', '::1']) {
        const sides = meet({ server: { sni: { '*': self } }, client, session: { servername } })
        assert.equal(eventsOf(sides.client, 'handshakeCompleted').length, 1)
        releaseAll(sides)
      }
    }
  })
})

describe('a server chooses the certificate by name', () => {
  const named = (name: string) => createCertificate({ name, hosts: [name], issuer: authority })
  const sni = {
    '*': local,
    'a.edge.example': named('a.edge.example'),
    '*.edge.example': named('*.edge.example'),
    'B.Edge.Example': named('b.edge.example'),
  }
  const server = serverContext({ sni })
  for (const [servername, verifies] of [
    ['a.edge.example', true],
    ['A.EDGE.EXAMPLE', true],
    ['c.edge.example', true],
    ['b.edge.example', true],
    ['localhost', true],
    ['x.y.edge.example', false],
  ] as const) {
    it(`${servername}: ${verifies ? 'verifies' : 'gets the default, which does not'}`, () => {
      const client = clientContext({})
      const sides = meetWith(server, client, { servername })
      assert.equal(eventsOf(sides.client, 'handshakeCompleted').length, verifies ? 1 : 0)
      releaseAll(sides)
      client.release()
    })
  }

  it('refuses a name that is not listed when there is no default', () => {
    const sides = meet({ server: { sni: { 'a.edge.example': named('a.edge.example') } } })
    assert.equal(eventsOf(sides.server, 'alertRaised')[0]!.alert, 112)
    releaseAll(sides)
  })

  it('sends the intermediate certificates of its chain', () => {
    const intermediate = createCertificate({ name: 'Intermediate', isAuthority: true, issuer: authority })
    const leaf = createCertificate({ name: 'leaf', hosts: ['localhost'], issuer: intermediate })
    const complete = meet({ server: { sni: { '*': { keys: leaf.keyDer, certs: leaf.certs + intermediate.certs } } } })
    assert.equal(eventsOf(complete.client, 'handshakeCompleted').length, 1)
    const partial = meet({ server: { sni: { '*': { keys: leaf.keys, certs: leaf.der } } } })
    assert.match(eventsOf(partial.client, 'alertRaised')[0]!.message, /intermediate/)
    releaseAll(complete)
    releaseAll(partial)
  })
})

describe('what a peer may get wrong', () => {
  it('garbage in place of a ClientHello raises an alert, and what follows is ignored', () => {
    const context = serverContext({})
    const session = context.session({ transportParameters: SERVER_PARAMETERS })
    session.start()
    session.provide('initial', Buffer.alloc(500, 0xa5))
    const event = session.takeEvent()
    assert.equal(event?.type, 'alertRaised')
    session.provide('initial', Buffer.alloc(500, 0xa5))
    assert.equal(session.takeEvent(), null)
    session.release()
    context.release()
  })

  it('a message that claims 16 MB is refused by its header', () => {
    const context = serverContext({})
    const session = context.session({ transportParameters: SERVER_PARAMETERS })
    session.start()
    session.provide('initial', Buffer.of(1, 0xff, 0xff, 0xff, 3, 3))
    assert.equal(session.takeEvent()?.type, 'alertRaised')
    session.release()
    context.release()
  })

  it('CRYPTO bytes for keys that never come are bounded', () => {
    const context = serverContext({})
    const session = context.session({ transportParameters: SERVER_PARAMETERS })
    session.start()
    for (let i = 0; i < 64; i++) session.provide('handshake', Buffer.alloc(1024))
    assert.equal(session.takeEvent(), null)
    session.provide('handshake', Buffer.alloc(1))
    const event = session.takeEvent()
    assert.equal(event?.type === 'alertRaised' && event.alert, 10)
    session.release()
    context.release()
  })

  it('CRYPTO bytes at a level that is over raise unexpected_message', () => {
    const sides = meet({})
    sides.server.session.provide('initial', Buffer.alloc(10))
    const event = sides.server.session.takeEvent()
    assert.equal(event?.type === 'alertRaised' && event.alert, 10)
    releaseAll(sides)
  })

  it('a client that sends CRYPTO bytes after the handshake, when it has nothing to say, is refused', () => {
    const sides = meet({})
    // A NewSessionTicket, which only servers send.
    sides.server.session.provide('1rtt', Buffer.concat([Buffer.of(4, 0, 0, 20), Buffer.alloc(20)]))
    const event = sides.server.session.takeEvent()
    assert.equal(event?.type === 'alertRaised' && event.alert, 10)
    releaseAll(sides)
  })

  it('a TLS KeyUpdate, which QUIC forbids, raises unexpected_message', () => {
    const sides = meet({})
    sides.client.session.provide('1rtt', Buffer.of(24, 0, 0, 1, 0))
    const event = sides.client.session.takeEvent()
    assert.equal(event?.type === 'alertRaised' && event.alert, 10)
    releaseAll(sides)
  })

  it('no transport parameters raise missing_extension', () => {
    // The extension's code point is changed on its way, which TLS itself notices only at the Finished.
    const { client, server } = prepare({})
    const sides = converse(client, server, (from, level, bytes) => {
      if (from !== 'client' || level !== 'initial') return bytes
      const hello = Buffer.from(bytes)
      const at = hello.indexOf(Buffer.concat([Buffer.of(0, 0x39, 0, CLIENT_PARAMETERS.length), CLIENT_PARAMETERS]))
      assert.ok(at > 0)
      hello.writeUInt16BE(0x7a7a, at)
      return hello
    })
    const [raised] = eventsOf(sides.server, 'alertRaised')
    assert.equal(raised?.alert, 109)
    assert.match(raised!.message, /transport parameters/)
    releaseAll(sides)
  })

  it('every flipped bit of a ClientHello ends in an alert or a handshake, never in an exception', () => {
    const serverSide = serverContext({})
    const clientSide = clientContext({ groups: 'X25519' })
    const hello = clientSide.session({ transportParameters: CLIENT_PARAMETERS, servername: 'localhost' })
    hello.start()
    const event = hello.takeEvent()
    assert.ok(event?.type === 'cryptoProduced')
    for (let i = 0; i < event.bytes.length; i++) {
      const bytes = Buffer.from(event.bytes)
      bytes[i]! ^= 1 << (i & 7)
      const session = serverSide.session({ transportParameters: SERVER_PARAMETERS })
      session.start()
      session.provide('initial', bytes)
      const seen = drain(session)
      assert.ok(seen.length > 0 || i < 4, `byte ${i} is answered, unless it makes the message longer`)
      session.release()
    }
    hello.release()
    serverSide.release()
    clientSide.release()
  })
})

describe('options that do not fit', () => {
  const other = createCertificate({ name: 'other' })
  const wrong: readonly [what: string, options: TlsContextOptions, message: RegExp][] = [
    ['no certificate', { side: 'server', alpn: ['h3'] }, /server needs a certificate/],
    ['no protocol', { side: 'client', alpn: [] }, /at least one protocol/],
    ['an empty protocol', { side: 'client', alpn: [''] }, /1 to 255 bytes/],
    [
      "a key that is another's",
      { side: 'server', alpn: ['h3'], sni: { '*': { keys: other.keys, certs: local.certs } } },
      /sni\['\*'\].*does not belong.*CN=local/,
    ],
    [
      'a broken certificate',
      { side: 'server', alpn: ['h3'], sni: { '*': { keys: other.keys, certs: other.certs.replace('MII', 'MIX') } } },
      /cannot be read/,
    ],
    [
      'no certificate in the text',
      { side: 'server', alpn: ['h3'], sni: { '*': { keys: other.keys, certs: 'hello' } } },
      /holds no certificate/,
    ],
    ['a broken key', { side: 'server', alpn: ['h3'], sni: { '*': { keys: 'hello', certs: other.certs } } }, /not a private key in PEM/],
    [
      'a broken DER key',
      { side: 'server', alpn: ['h3'], sni: { '*': { keys: other.keyDer.subarray(0, 40), certs: other.certs } } },
      /not a private key in DER/,
    ],
    ['an unknown cipher', { side: 'client', alpn: ['h3'], ciphers: 'TLS_AES_128_CCM_SHA256' }, /TLS_AES_128_CCM_SHA256 is none of/],
    ['an unknown group', { side: 'client', alpn: ['h3'], groups: 'P-1' }, /groups.*P-1/],
    ['a broken CA', { side: 'client', alpn: ['h3'], ca: 'hello' }, /ca holds no certificate/],
  ]
  for (const [what, options, message] of wrong) {
    it(`${what} is said in a sentence`, () => {
      assert.throws(() => new TlsContext(options), { name: 'NativeError', code: 'ERR_NATIVE_OPTION', message })
    })
  }

  it('a verifying client needs a name', () => {
    const context = clientContext({})
    assert.throws(() => context.session({ transportParameters: CLIENT_PARAMETERS }), { code: 'ERR_NATIVE_OPTION', message: /servername/ })
    context.release()
  })

  it('nothing works after its release, which may be repeated', () => {
    const context = clientContext({})
    const session = context.session({ transportParameters: CLIENT_PARAMETERS, servername: 'localhost' })
    context.release()
    context.release()
    assert.throws(() => context.session({ transportParameters: CLIENT_PARAMETERS }), { code: 'ERR_NATIVE_RELEASED' })
    session.start()
    assert.equal(session.takeEvent()?.type, 'cryptoProduced')
    session.release()
    session.release()
    assert.throws(() => session.provide('initial', Buffer.alloc(1)), { code: 'ERR_NATIVE_RELEASED' })
  })

  it('the default trust is what Node trusts', () => {
    const context = new TlsContext({ side: 'client', alpn: ['h3'] })
    const server = serverContext({})
    const sides = meetWith(server, context, {})
    assert.equal(eventsOf(sides.client, 'alertRaised')[0]!.alert, 48)
    releaseAll(sides)
    context.release()
    server.release()
  })
})

it('the test certificates are what they say', () => {
  const certificate = new X509Certificate(local.certs)
  assert.ok(certificate.verify(new X509Certificate(authority.certs).publicKey))
  assert.ok(certificate.checkPrivateKey(createPrivateKey(local.keys)))
  assert.equal(certificate.subjectAltName, 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
})

function serverContext(options: Partial<TlsContextOptions>): TlsContext {
  return new TlsContext({ side: 'server', alpn: ['h3'], sni: { '*': local }, ...options })
}

function clientContext(options: Partial<TlsContextOptions>): TlsContext {
  return new TlsContext({ side: 'client', alpn: ['h3'], ca: authority.certs, ...options })
}

function prepare({ server, client, session }: Meeting) {
  const serverSide = serverContext(server ?? {})
  const clientSide = clientContext(client ?? {})
  const sessions = {
    server: serverSide.session({ transportParameters: SERVER_PARAMETERS }),
    client: clientSide.session({ transportParameters: CLIENT_PARAMETERS, servername: 'localhost', ...session }),
  }
  serverSide.release()
  clientSide.release()
  return sessions
}

function meet(meeting: Meeting): { client: Side; server: Side } {
  const { client, server } = prepare(meeting)
  return converse(client, server)
}

function meetWith(server: TlsContext, client: TlsContext, session: Partial<TlsSessionOptions>): { client: Side; server: Side } {
  return converse(
    client.session({ transportParameters: CLIENT_PARAMETERS, servername: 'localhost', ...session }),
    server.session({ transportParameters: SERVER_PARAMETERS }),
  )
}

function drain(session: { takeEvent(): unknown }): unknown[] {
  const seen: unknown[] = []
  for (let event = session.takeEvent(); event; event = session.takeEvent()) seen.push(event)
  return seen
}
