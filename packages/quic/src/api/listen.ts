// Servers: `listen`.
// The global one is a getter of Node's, which is looked up each time.
import { performance } from 'node:perf_hooks'
import { Connection } from '../core/connection.ts'
import { MIN_INITIAL_DATAGRAM } from '../core/limits.ts'
import type { RemoteAddress } from '../core/paths/path-address.ts'
import type { TransportParameters } from '../core/wire/transport-parameters.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { PortSeat } from '../endpoint/port-seat.ts'
import { uncaught } from '../endpoint/uncaught.ts'
import { endsWith } from './abort.ts'
import { sharedOptions } from './connection-options.ts'
import { endpointCore, QuicEndpoint } from './endpoint.ts'
import { QuicError } from './error.ts'
import { wrong } from './option-checks.ts'
import { checkShapes, shown } from './option-shapes.ts'
import { checkSessionOptions, type EndpointOptions, type SessionOptions } from './options.ts'
import { pathMemoryOf, resumed } from './path-memory.ts'
import { checkSeat, withSeat } from './port-seats.ts'
import { openPreferred, type PreferredAddresses, type PreferredPlace } from './preferred-address.ts'
import { qlogSink } from './qlog.ts'
import { earlyDataPolicy } from './resumption.ts'
import { QuicSession } from './session.ts'
import { asOptions, clientVerification, tlsChoices, tlsContext } from './tls-context.ts'

/**
 * Listens for sessions. Each is given to `onsession` when its first packet arrives; set its `onstream` there, and await `session.opened` for the
 * handshake. Rejects with ERR_QUIC_OPTION for a wrong option, ERR_QUIC_LISTEN when the address cannot be bound, ERR_QUIC_CLOSED when the endpoint is closed, and the reason of `signal`
 * when that is aborted before.
 */
export async function listen(onsession: (session: QuicSession) => void, given: SessionOptions): Promise<QuicEndpoint> {
  if (typeof onsession !== 'function') throw wrong('onsession', `is ${shown(onsession)}; it must be a function`)
  checkShapes(given)
  const options = withSeat(given, seatOf(given.endpoint))
  const checked = checkSessionOptions(options)
  options.signal?.throwIfAborted()
  if (options.sni === undefined || Object.keys(options.sni).length === 0) {
    throw new QuicError("Option sni is missing: give { '*': { keys, certs } }, a private key and its certificate chain.", {
      code: 'ERR_QUIC_OPTION',
    })
  }
  // Before the socket is bound, so that nothing has to be closed again when an option is wrong.
  const early = earlyDataPolicy(options, checked.parameters)
  let toSession: (line: string) => void = () => {}
  const context = tlsContext(
    {
      side: 'server',
      alpn: checked.alpn,
      sni: options.sni,
      earlyData: options.enableEarlyData === true,
      ...(options.ticketKey !== undefined && { ticketKey: options.ticketKey }),
      ...clientVerification(options),
      ...tlsChoices(options),
    },
    options.keylog ? (line) => toSession(line) : null,
  )
  const { endpoint, preferred } = await openEndpoint(options.endpoint, checked.preferredAddress).catch((error) => {
    context.release()
    throw error
  })
  if (options.signal?.aborted) {
    context.release()
    if (endpoint !== options.endpoint) await endpoint.close()
    throw options.signal.reason
  }
  const core = endpointCore(endpoint)
  toSession = (line) => core.keylog(line)
  endpoint.listening({
    rotateTicketKey: (ticketKey) => asOptions(() => context.rotateTicketKey(ticketKey)),
    useIdentities: (sni) => asOptions(() => context.useIdentities(sni)),
  })
  const paths = pathMemoryOf(options, endpoint)
  // Asked for once: each time takes 0.3 us.
  const environment = { QLOGDIR: process.env.QLOGDIR }
  const shared = sharedOptions('server', core, options, checked)
  const newToken = {
    make: (version: number, remote: RemoteAddress) => core.admission.tokens.forNextConnection(version, remote, Date.now()),
    renewAfterMillis: core.admission.tokens.renewAfterMillis,
  }
  core.acceptor = {
    versions: checked.versions,
    connection: (incoming, localConnectionId) =>
      new Connection(
        {
          shared,
          qlog: qlogSink(options.qlog ?? false, environment),
          side: 'server',
          parameters: preferred === null ? checked.parameters : { ...checked.parameters, ...offer(core, preferred) },
          tls: (transportParameters, version, answer) =>
            context.session({ transportParameters, version, answer, exporter: checked.exporter, ...early() }),
          controller: resumed(checked.congestion(MIN_INITIAL_DATAGRAM, Math.random), paths, incoming.remote.address),
          originalDestination: incoming.originalDestination,
          version: incoming.version,
          retrySource: incoming.retrySource,
          addressValidated: incoming.addressValidated,
          newToken,
          localConnectionId,
          remoteConnectionId: incoming.source,
          remote: incoming.remote,
        },
        performance.now(),
      ),
    accepted(member) {
      const session = new QuicSession(endpoint, member, '')
      endpoint.sessionBegan(session)
      if (paths !== null) void session.closed.catch(() => {}).then(() => paths.learn(member.connection))
      try {
        onsession(session)
      } catch (error) {
        uncaught(error)
      }
      return session.listener
    },
  }
  void endpoint.closed.then(() => context.release())
  endsWith(options.signal, endpoint.closed, () => endpoint.destroy())
  return endpoint
}

function seatOf(endpoint: QuicEndpoint | EndpointOptions | undefined): PortSeat | null {
  return endpoint instanceof QuicEndpoint ? endpointCore(endpoint).seat : checkSeat(endpoint?.seat)
}

/** The endpoint, with the sockets at its preferred addresses; if one of those cannot be bound, nothing stays open that was opened here. */
async function openEndpoint(
  given: QuicEndpoint | EndpointOptions | undefined,
  places: readonly PreferredPlace[],
): Promise<{ endpoint: QuicEndpoint; preferred: PreferredAddresses | null }> {
  const isShared = given instanceof QuicEndpoint
  if (isShared) given.mustBeFree()
  if ((isShared ? endpointCore(given).connectionIds.length : given?.connectionIdLength) === 0) {
    throw wrong('endpoint.connectionIdLength', 'is 0: a server needs ids to tell its clients apart')
  }
  const endpoint = isShared ? given : await QuicEndpoint.open(given)
  try {
    return { endpoint, preferred: await openPreferred(endpoint, places, isShared ? {} : given) }
  } catch (error) {
    if (!isShared) await endpoint.close()
    throw error
  }
}

/** The preferred address for one connection, with the second of its ids. RFC 9000 section 5.1.1. */
function offer(core: Endpoint, addresses: PreferredAddresses): Pick<TransportParameters, 'preferredAddress'> {
  const connectionId = core.newConnectionId()
  if (connectionId === null) return {}
  return { preferredAddress: { ...addresses, connectionId, statelessResetToken: core.resetTokens.of(connectionId) } }
}
