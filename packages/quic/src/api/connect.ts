// Clients: `connect`.
import { performance } from 'node:perf_hooks'
import { Connection } from '../core/connection.ts'
import type { ConnectionEvent } from '../core/events.ts'
import { MIN_INITIAL_DATAGRAM } from '../core/limits.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { MemberListener } from '../endpoint/member.ts'
import { endsWith } from './abort.ts'
import { ClientContexts, type Lease } from './client-contexts.ts'
import { ClientPlan } from './client-plans.ts'
import { endpointCore, QuicEndpoint } from './endpoint.ts'
import { wrong } from './option-checks.ts'
import type { SessionOptions } from './options.ts'
import { type PathMemory, pathMemoryOf, resumed } from './path-memory.ts'
import { reachable } from './preferred-address.ts'
import { qlogSink } from './qlog.ts'
import { resolveHost } from './resolve-host.ts'
import { type Resumption, resumptionWith } from './resumption.ts'
import { QuicSession } from './session.ts'
import { SavedSessions } from './session-store.ts'
import { Destinations } from './split-address.ts'
import { tlsContext } from './tls-context.ts'
import { givenToken, savedToken, tokenToKeep } from './version-options.ts'

/** Length of the id that stands for the server until it names itself: unpredictable, 8 bytes at least. RFC 9000 section 7.2. */
const ORIGINAL_ID_LENGTH = 16

const DESTINATIONS = new Destinations()

/**
 * Connects to `host:port`. Resolves when the session exists; await `session.opened` for the handshake. Rejects with ERR_QUIC_OPTION,
 * ERR_QUIC_ADDRESS, ERR_QUIC_LISTEN or ERR_QUIC_CLOSED (the endpoint is) when it cannot begin, and with the reason of `signal` when that is aborted before.
 */
export async function connect(address: string, options: SessionOptions = {}): Promise<QuicSession> {
  const shared = options?.endpoint instanceof QuicEndpoint ? options.endpoint : null
  const plan = shared === null ? new ClientPlan(options) : shared.clientPlans.for(options)
  const { checked } = plan
  const { host, port, isLiteral } = DESTINATIONS.of(address)
  options.signal?.throwIfAborted()
  const remote = isLiteral ? host : await resolveHost(host)
  const servername = options.servername ?? host
  if (servername === '' && (options.rejectUnauthorized ?? true))
    throw wrong('servername', 'is empty; without it no certificate can be verified')
  const store = options.sessionStore === undefined ? (shared?.sessionStore ?? null) : options.sessionStore
  const saved = new SavedSessions(store, address, servername, checked.alpn)
  // Before anything is taken out of the store, which would be lost with a wrong one.
  const given = options.token === undefined ? null : givenToken(checked.version, options.token)
  const { sessionTicket = saved.isKept ? await saved.take('ticket') : undefined } = options
  const resumption = resumptionWith(sessionTicket, checked, options.enableEarlyData)
  const token = given ?? savedToken(checked.version, saved.isKept ? await saved.take('token') : undefined)
  // Before the socket is bound, so that nothing has to be closed again when an option is wrong.
  let toSession: (line: string) => void = () => {}
  const contexts = shared?.clientContexts ?? new ClientContexts()
  const lease = contexts.lease(plan.tls, plan.logs, (made) => tlsContext(made, options.keylog ? (line) => toSession(line) : null))
  // What nobody shares goes with its session.
  if (shared === null) contexts.clear()
  let endpoint = shared
  try {
    endpoint ??= await openFor(remote, options)
    options.signal?.throwIfAborted()
    endpoint.mustBeOpen()
    const core = endpointCore(endpoint)
    toSession = (line) => core.keylog(line)
    if (shared === null) endpoint.closeWithSession()
    const session = begin({ options, plan, endpoint, saved, resumption, token, lease, remote, port, servername })
    endsWith(options.signal, session.closed, (reason) => session.destroy(reason))
    return session
  } catch (error) {
    lease.release()
    if (shared === null) await endpoint?.close()
    throw error
  }
}

/** All that a session begins with. */
interface Beginning {
  readonly options: SessionOptions
  readonly plan: ClientPlan
  readonly endpoint: QuicEndpoint
  readonly saved: SavedSessions
  readonly resumption: Resumption
  readonly token: Uint8Array
  readonly lease: Lease
  readonly remote: string
  readonly port: number
  readonly servername: string
}

function begin(beginning: Beginning): QuicSession {
  const { options, endpoint, saved, resumption, lease, servername } = beginning
  const paths = pathMemoryOf(options, endpoint)
  const connection = connectionOf(beginning, paths)
  let session: QuicSession | null = null
  /** The very first come before there is a session to hear them: that 0-RTT allows streams, or that no handshake can begin. */
  const first: ConnectionEvent[] = []
  const listener: MemberListener = {
    handle: (event) => {
      if (event.type === 'tokenReceived' && saved.isKept) void saved.put('token', tokenToKeep(event.version, event.token))
      if (session === null) first.push(event)
      else session.listener.handle(event)
    },
    keylog: (line) => session?.onkeylog?.(line),
  }
  const member = endpointCore(endpoint).add(connection, listener)
  session = new QuicSession(endpoint, member, servername, {
    earlierTerms: resumption.terms,
    keepTicket: (ticket) => {
      if (saved.isKept) void saved.put('ticket', ticket)
    },
  })
  endpoint.sessionBegan(session)
  void session.closed
    .catch(() => {})
    .then(() => {
      lease.release()
      paths?.learn(connection)
    })
  for (const event of first) session.listener.handle(event)
  return session
}

function connectionOf(beginning: Beginning, paths: PathMemory | null): Connection {
  const { options, plan, endpoint, resumption, token, lease, remote, port, servername } = beginning
  const { checked } = plan
  const { ticket, remembered } = resumption
  const core = endpointCore(endpoint)
  const originalDestination = core.random.take(ORIGINAL_ID_LENGTH)
  const controller = resumed(checked.congestion(MIN_INITIAL_DATAGRAM, Math.random), paths, remote)
  return new Connection(
    {
      shared: plan.shared(core),
      qlog: qlogSink(options.qlog ?? false, plan.environment),
      side: 'client',
      parameters: checked.parameters,
      tls: (transportParameters, version) =>
        lease.context.session({ transportParameters, version, servername, ticket, earlyData: remembered !== null }),
      controller,
      originalDestination,
      version: checked.version,
      token,
      localConnectionId: firstConnectionId(core),
      remoteConnectionId: originalDestination,
      remote: core.socket.resolve(remote, port),
      preferredAddress: options.preferredAddressPolicy === 'ignore' ? undefined : (offered) => reachable(offered, core.socket, remote),
      remembered,
    },
    performance.now(),
  )
}

/** A socket of the session's own, of the server's address family. */
function openFor(remote: string, options: SessionOptions): Promise<QuicEndpoint> {
  const given = options.endpoint instanceof QuicEndpoint ? {} : (options.endpoint ?? {})
  return QuicEndpoint.open({ address: remote.includes(':') ? '[::]:0' : '0.0.0.0:0', ...given })
}

function firstConnectionId(core: Endpoint): Uint8Array {
  const id = core.newConnectionId()
  if (id !== null) return id
  const { length } = core.connectionIds
  throw wrong('endpoint', `has no connection id left for another session: its connectionIdLength is ${length}`)
}
