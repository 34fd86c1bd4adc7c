// Real sessions over real sockets, in whose name a test says what it likes: packets of any content, sealed with the keys of one end, numbered as its own,
// and sent from its socket. Both ends go on by themselves besides.
import assert from 'node:assert/strict'
import { Writer } from '@millrace/bytes'
import { type Address, Arena } from '@millrace/native'
import { endpointCore } from '../../src/api/endpoint.ts'
import type { Connection } from '../../src/core/connection.ts'
import { TAG_LENGTH } from '../../src/core/crypto/protection.ts'
import { NOT_ECT } from '../../src/core/recovery/ecn.ts'
import type { Side } from '../../src/core/streams/stream-id.ts'
import { encodeFrame } from '../../src/core/wire/frames/index.ts'
import { writeShortHeader } from '../../src/core/wire/packet-header.ts'
import type { Endpoint } from '../../src/endpoint/endpoint.ts'
import { QuicEndpoint, type QuicSession, type SessionOptions } from '../../src/index.ts'
import type { Content } from './hostile.ts'
import { destroyedAtEnd, dial, type Server } from './server.ts'

const SIZE = 2048
const NUMBER_LENGTH = 4

/** One end of a real session. */
export class Impostor {
  readonly side: Side
  readonly connection: Connection
  readonly session: QuicSession
  readonly #core: Endpoint
  readonly #memory = Arena.allocate(SIZE)

  constructor(connection: Connection, session: QuicSession, core: Endpoint) {
    this.side = connection.side
    this.connection = connection
    this.session = session
    this.#core = core
  }

  /** Sends one 1-RTT packet. `bits` are set in its first byte, beneath header protection. */
  say(content: readonly Content[], bits = 0): void {
    const { recovery, spaces, path } = this.connection
    const { sealer } = spaces.application
    if (sealer === null) return
    const packet = recovery.begin('application')
    const writer = new Writer(this.#memory.bytes)
    writeShortHeader(writer, path.remoteId.connectionId, packet.number, NUMBER_LENGTH, false, false)
    this.#memory.bytes[0]! |= bits
    const start = writer.offset
    for (const part of content) {
      if (part instanceof Uint8Array) writer.bytes(part)
      else encodeFrame(part, writer)
    }
    sealer.seal(this.#memory, 0, start, NUMBER_LENGTH, writer.offset - start, packet.number)
    const length = writer.offset + TAG_LENGTH
    packet.ackEliciting = true
    packet.inFlight = true
    recovery.commit('application', packet, length, performance.now())
    this.#core.forward(this.#memory.bytes, 0, length, path.remote as Address, NOT_ECT, null)
  }

  /** The code of QUIC's with which this end closed; null if it ended otherwise. */
  async verdict(): Promise<bigint | null> {
    const error = await this.session.closed.then(
      () => null,
      (reason: { code: string; initiator: string; errorCode: bigint }) => reason,
    )
    return error?.code === 'ERR_QUIC_TRANSPORT' && error.initiator === 'local' ? error.errorCode : null
  }
}

/** Both ends of one session. */
export interface Ends {
  readonly client: Impostor
  readonly server: Impostor
}

/** Opens a session with a server, and lays hands on both its ends. */
export async function bothEnds(server: Server, options: Partial<SessionOptions> = {}): Promise<Ends> {
  const endpoint = await QuicEndpoint.open({ address: '127.0.0.1:0' })
  destroyedAtEnd(endpoint)
  const [near, far] = [endpointCore(endpoint), endpointCore(server.endpoint)]
  const made: Connection[] = []
  const add = near.add.bind(near)
  near.add = (connection, listener) => {
    made.push(connection)
    return add(connection, listener)
  }
  const acceptor = far.acceptor!
  const accept = acceptor.connection
  acceptor.connection = (...given) => {
    const connection = accept(...given)
    made.push(connection)
    return connection
  }
  const session = await dial(server.address, { ...options, endpoint })
  await session.opened
  acceptor.connection = accept
  assert.equal(made.length, 2)
  const there = server.sessions.at(-1)!
  await there.opened
  return { client: new Impostor(made[0]!, session, near), server: new Impostor(made[1]!, there, far) }
}
