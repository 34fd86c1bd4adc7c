// Early data: who sends it, who accepts it, and what a ticket remembers. RFC 9001 section 4.6, RFC 8446 sections 4.2.10 and 8.
import assert from 'node:assert/strict'
import { hkdfSync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { TlsContext, type TlsContextOptions } from '../src/index.ts'
import { createCertificate } from './certificates.ts'
import { converse, eventsOf, releaseAll } from './handshake.ts'

const identity = createCertificate({ name: 'localhost', hosts: ['localhost'] })
const parameters = { transportParameters: Buffer.from('00', 'hex') }
const ticketKey = randomBytes(32)

function server(options: Partial<TlsContextOptions> = {}): TlsContext {
  return new TlsContext({ side: 'server', alpn: ['test'], sni: { '*': identity }, earlyData: true, ...options })
}

function handshake(context: TlsContext, ticket?: Uint8Array, admit: (data: Uint8Array, random: Uint8Array) => boolean = () => true) {
  const client = new TlsContext({ side: 'client', alpn: ['test'], ca: identity.certs })
  const sides = converse(
    client.session({ ...parameters, servername: 'localhost', earlyData: true, ...(ticket && { ticket }) }),
    context.session({ ...parameters, earlyData: admit, ticketData: Buffer.from('limits') }),
  )
  const completed = eventsOf(sides.client, 'handshakeCompleted')[0]
  const result = {
    completed,
    atServer: eventsOf(sides.server, 'handshakeCompleted')[0],
    early: eventsOf(sides.client, 'transportParametersReceived')[0]?.earlyData,
    tickets: eventsOf(sides.client, 'ticketReceived').map((event) => event.ticket),
    order: sides.server.events.map((event) => ('level' in event ? `${event.type} ${event.level}` : event.type)),
    openers: eventsOf(sides.server, 'openerInstalled').map((event) => event.level),
  }
  releaseAll(sides)
  client.release()
  return result
}

test('early data is accepted with a ticket that permits it, and what the ticket remembers comes back', () => {
  const context = server()
  const first = handshake(context)
  assert.equal(first.completed?.earlyData, 'none')
  assert.equal(first.atServer?.servername, 'localhost')
  const seen: [string, number][] = []
  const second = handshake(context, first.tickets[0], (data, random) => {
    seen.push([Buffer.from(data).toString(), random.length])
    return true
  })
  assert.deepEqual(seen, [['limits', 32]])
  assert.deepEqual([second.completed?.resumed, second.completed?.earlyData, second.early], [true, 'accepted', 'accepted'])
  assert.ok(second.openers.includes('0rtt'))
  context.release()
})

test('a server that refuses early data resumes all the same', () => {
  const context = server()
  const { tickets } = handshake(context)
  const second = handshake(context, tickets[0], () => false)
  assert.deepEqual([second.completed?.resumed, second.completed?.earlyData, second.early], [true, 'rejected', 'rejected'])
  assert.ok(!second.openers.includes('0rtt'))
  context.release()
})

test("a server completes the handshake when it has the client's Finished, whatever became of early data", () => {
  const context = server()
  for (const admit of [true, false]) {
    const { order } = handshake(context, handshake(context).tickets[0], () => admit)
    assert.ok(order.indexOf('openerInstalled 1rtt') < order.indexOf('handshakeCompleted'), order.join())
  }
  const { order } = handshake(context)
  assert.ok(order.indexOf('openerInstalled 1rtt') < order.indexOf('handshakeCompleted'), order.join())
  context.release()
})

test("servers that share a ticket key take each other's tickets, others do not", () => {
  const [one, two, other] = [server({ ticketKey }), server({ ticketKey }), server()]
  const { tickets } = handshake(one)
  assert.equal(handshake(two, tickets[0]).completed?.earlyData, 'accepted')
  const refused = handshake(other, handshake(one).tickets[0])
  assert.deepEqual([refused.completed?.resumed, refused.completed?.earlyData], [false, 'rejected'])
  assert.throws(() => server({ ticketKey: randomBytes(31) }), { code: 'ERR_NATIVE_OPTION' })
  for (const context of [one, two, other]) context.release()
})

test('tickets outlive three rotations of the key and not four, and each use brings another', () => {
  const context = server({ ticketKey: [ticketKey, randomBytes(32)] })
  const early = handshake(context).tickets
  assert.equal(early.length, 1)
  context.rotateTicketKey()
  const late = handshake(context).tickets
  for (let i = 0; i < 3; i++) context.rotateTicketKey(randomBytes(32))
  const resumed = handshake(context, late[0])
  assert.equal(resumed.completed?.resumed, true)
  assert.equal(resumed.tickets.length, 1)
  assert.equal(handshake(context, resumed.tickets[0]).completed?.resumed, true)
  assert.equal(handshake(context, early[0]).completed?.resumed, false)
  assert.throws(() => context.rotateTicketKey(randomBytes(31)), { code: 'ERR_NATIVE_OPTION', message: /^ticketKey has 31 bytes/ })
  context.release()
})

test("a ticket of any of a server's keys is taken, and a changed one is not", () => {
  const former = randomBytes(32)
  const [one, two] = [server({ ticketKey: former }), server({ ticketKey: [ticketKey, former] })]
  const { tickets } = handshake(one)
  const changed = Buffer.from(handshake(one).tickets[0]!)
  const name = Buffer.from(hkdfSync('sha256', former, '', 'millrace session tickets', 16))
  // The key's name, 16 bytes of initialization vector, and then what is sealed.
  changed[changed.indexOf(name) + 40]! ^= 1
  assert.ok(changed.includes(name))
  assert.equal(handshake(two, changed).completed?.resumed, false)
  assert.equal(handshake(two, tickets[0]).completed?.resumed, true)
  assert.throws(() => server({ ticketKey: [] }), { code: 'ERR_NATIVE_OPTION', message: /^ticketKey has 0 keys/ })
  for (const context of [one, two]) context.release()
})
