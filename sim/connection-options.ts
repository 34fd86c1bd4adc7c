// What the connections of a run are made with, as its scenario says.
import { Arena, initialKeys, retryIntegrityTag } from '@millrace/native'
import type { Random } from '@millrace/netsim'
import { checkCongestion } from '../packages/quic/src/api/congestion.ts'
import type { ConnectionOptions } from '../packages/quic/src/core/connection.ts'
import { MAX_UDP_PAYLOAD, MIN_INITIAL_DATAGRAM } from '../packages/quic/src/core/limits.ts'
import { decodeTransportParameters } from '../packages/quic/src/core/wire/transport-parameters.ts'
import { Workbench } from '../packages/quic/src/core/workbench.ts'
import { type Contexts, TICKET_DATA } from './contexts.ts'
import type { Door } from './door.ts'
import { isAsked } from './entry.ts'
import type { Places } from './places.ts'
import type { EndPlan, Scenario } from './scenario.ts'

/** Short, so that runs of a few seconds have a second token. */
const TOKEN_RENEWAL_MILLIS = 3000

export interface ConnectionIds {
  /** Destination of the client's first packets. */
  readonly original: Uint8Array
  readonly client: Uint8Array
  readonly server: Uint8Array
  /** Source of Retry packets. */
  readonly retry: Uint8Array
}

export function drawIds(random: Random): ConnectionIds {
  return { original: random.bytes(8), client: random.bytes(8), server: random.bytes(8), retry: random.bytes(8) }
}

export interface Surroundings {
  readonly scenario: Scenario
  readonly contexts: Contexts
  readonly random: Random
  readonly ids: ConnectionIds
  readonly places: Places
  readonly door: Door
}

export function connectionOptions(plan: EndPlan, surroundings: Surroundings): ConnectionOptions {
  const { scenario, random, ids, places } = surroundings
  const { side, parameters, maxDatagramSize, keepAliveMillis, versions } = plan
  const isClient = side === 'client'
  return {
    shared: {
      initialKeys,
      retryTag: retryIntegrityTag,
      versions,
      random: (length) => random.bytes(length),
      maxDatagramSize,
      local: places.local(isClient ? 'a' : 'b'),
      keepAliveMillis,
      handshakeTimeoutMillis: 120_000,
      workbench: new Workbench(Arena.allocate(MAX_UDP_PAYLOAD)),
    },
    side,
    parameters: { ...decodeTransportParameters(new Uint8Array(0), side), ...parameters },
    version: scenario.version,
    controller: checkCongestion({ congestion: plan.congestion }, 10)(MIN_INITIAL_DATAGRAM, () => random.fraction()),
    originalDestination: ids.original,
    localConnectionId: ids[side],
    remoteConnectionId: isClient ? ids.original : ids.client,
    remote: places.remote(isClient ? 'b' : 'a'),
    ...(isClient ? clientOptions(surroundings) : serverOptions(surroundings)),
  }
}

type Part = Pick<ConnectionOptions, 'tls'> & Partial<ConnectionOptions>

function clientOptions({ scenario, contexts, door, places }: Surroundings): Part {
  const { early, token } = scenario.entry
  const resumed = early !== null && { ticket: contexts.ticket(early.answer), earlyData: true }
  return {
    tls: (transportParameters, version) => contexts.client.session({ transportParameters, version, servername: 'localhost', ...resumed }),
    remembered: early === null ? null : { ...decodeTransportParameters(new Uint8Array(0), 'server'), ...early.remembered },
    ...(token !== 'none' && { token: door.token(token, scenario.version, places.remote('a')) }),
  }
}

function serverOptions({ scenario: { entry }, contexts, ids, door }: Surroundings): Part {
  const admit = (): boolean => entry.early?.answer === 'accepted'
  return {
    tls: (transportParameters, version, answer) =>
      contexts.server.session({ transportParameters, version, answer, ticketData: TICKET_DATA, earlyData: admit }),
    addressValidated: entry.retry || entry.token === 'good',
    newToken: { make: (version, remote) => door.token('good', version, remote), renewAfterMillis: TOKEN_RENEWAL_MILLIS },
    ...(isAsked(entry) && { retrySource: ids.retry }),
  }
}
