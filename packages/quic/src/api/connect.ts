// Clients: `connect`.
import type { TlsContextOptions } from '@millrace/native'
import { Connection } from '../core/connection.ts'
import { MIN_INITIAL_DATAGRAM } from '../core/limits.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { MemberListener } from '../endpoint/member.ts'
import { ClientContexts } from './client-contexts.ts'
import { commonOptions } from './connection-options.ts'
import { endpointCore, QuicEndpoint } from './endpoint.ts'
import { wrong } from './option-checks.ts'
import { checkSessionOptions, type SessionOptions } from './options.ts'
import { pathMemoryOf, resumed } from './path-memory.ts'
import { reachable } from './preferred-address.ts'
import { qlogSink } from './qlog.ts'
import { resolveHost } from './resolve-host.ts'
import { resumptionFor } from './resumption.ts'
import { QuicSession } from './session.ts'
import { SavedSessions } from './session-store.ts'
import { splitAddress } from './split-address.ts'
import { clientIdentity, tlsChoices, tlsContext } from './tls-context.ts'
import { savedToken, tokenToKeep } from './version-options.ts'

/** Length of the id that stands for the server until it names itself: unpredictable, 8 bytes at least. RFC 9000 section 7.2. */
const ORIGINAL_ID_LENGTH = 16

/**
 * Connects to `host:port`. Resolves when the session exists; await `session.opened` for the handshake. Rejects with ERR_QUIC_OPTION,
 * ERR_QUIC_ADDRESS or ERR_QUIC_LISTEN when it cannot begin.
 */
export async function connect(address: string, options: SessionOptions = {}): Promise<QuicSession> {
  const checked = checkSessionOptions(options)
  const { host, port } = splitAddress('address', address, 1)
  options.signal?.throwIfAborted()
  const remote = await resolveHost(host)
  const servername = options.servername ?? host
  const shared = options.endpoint instanceof QuicEndpoint ? options.endpoint : null
  const store = options.sessionStore === undefined ? (shared?.sessionStore ?? null) : options.sessionStore
  const saved = new SavedSessions(store, address, servername, checked.alpn)
  const resumption = await resumptionFor(options, saved, checked.alpn, checked.version)
  const token = options.token === undefined ? savedToken(checked.version, await saved.take('token')) : checked.token
  // Before the socket is bound, so that nothing has to be closed again when an option is wrong.
  let toSession: (line: string) => void = () => {}
  const contexts = shared?.clientContexts ?? new ClientContexts()
  const lease = contexts.lease(contextOptions(options, checked.alpn), `${options.keylog === true} ${process.env.SSLKEYLOGFILE}`, (made) =>
    tlsContext(made, options.keylog ? (line) => toSession(line) : null),
  )
  // What nobody shares goes with its session.
  if (shared === null) contexts.clear()
  const endpoint =
    shared ??
    (await openFor(remote, options).catch((error) => {
      lease.release()
      throw error
    }))
  const core = endpointCore(endpoint)
  toSession = (line) => core.keylog(line)
  const paths = pathMemoryOf(options, endpoint)
  const originalDestination = core.random.take(ORIGINAL_ID_LENGTH)
  const localConnectionId = firstConnectionId(core)
  const connection = new Connection(
    {
      ...commonOptions(core, options, checked),
      qlog: qlogSink(options.qlog ?? false),
      side: 'client',
      parameters: checked.parameters,
      tls: (transportParameters, version) => lease.context.session({ transportParameters, version, servername, ...resumption.tls }),
      controller: resumed(checked.congestion(MIN_INITIAL_DATAGRAM, Math.random), paths, remote),
      originalDestination,
      version: checked.version,
      token,
      localConnectionId,
      remoteConnectionId: originalDestination,
      remote: core.socket.resolve(remote, port),
      preferredAddress: options.preferredAddressPolicy === 'ignore' ? undefined : (offered) => reachable(offered, core.socket, remote),
      remembered: resumption.remembered,
    },
    performance.now(),
  )
  if (shared === null) endpoint.closeWithSession()
  let session: QuicSession | null = null
  const listener: MemberListener = {
    handle: (event) => {
      if (event.type === 'tokenReceived') void saved.put('token', tokenToKeep(event.version, event.token))
      // Of the very first, nobody is there to hear: 0-RTT allows streams before there is a session to open them.
      session?.listener.handle(event)
    },
    keylog: (line) => session?.onkeylog?.(line),
  }
  const member = core.add(connection, listener)
  session = new QuicSession(endpoint, member, servername, {
    earlierTerms: resumption.terms,
    keepTicket: (ticket) => void saved.put('ticket', ticket),
  })
  endpoint.sessionBegan(session)
  void session.closed
    .catch(() => {})
    .then(() => {
      lease.release()
      paths?.learn(connection)
    })
  options.signal?.addEventListener('abort', () => session.destroy(options.signal!.reason), { once: true })
  return session
}

function contextOptions(options: SessionOptions, alpn: readonly string[]): TlsContextOptions {
  return {
    side: 'client',
    alpn,
    rejectUnauthorized: options.rejectUnauthorized ?? true,
    ...clientIdentity(options),
    ...tlsChoices(options),
  }
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
