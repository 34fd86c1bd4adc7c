// Datagrams of one session, between its owner and the core. Named after node:quic. RFC 9221.

import type { DatagramDropPolicy, DatagramStatus } from '../core/datagrams.ts'
import { MAX_PENDING_DATAGRAMS } from '../core/limits.ts'
import type { Member } from '../endpoint/member.ts'
import { uncaught } from '../endpoint/uncaught.ts'
import { bytesOf } from './arguments.ts'
import { number, type Range, wrong } from './option-checks.ts'
import { type Settled, settled } from './settled.ts'

/** `early`: it came in 0-RTT, which an attacker can replay. RFC 9001 section 9.2. */
export type OnDatagram = (datagram: Uint8Array, early: boolean) => void
/** Hears what became of a datagram: `id` is what `sendDatagram` gave. RFC 9221 section 5.2. */
export type OnDatagramStatus = (id: bigint, status: DatagramStatus) => void

const POLICIES: readonly DatagramDropPolicy[] = ['drop-oldest', 'drop-newest']
const PENDING: Range = { least: 0, most: 65_535, default: MAX_PENDING_DATAGRAMS }

/** @internal */
export class SessionDatagrams {
  onreceived: OnDatagram | undefined
  readonly #member: Member
  #onstatus: OnDatagramStatus | undefined
  #drained: Settled<void> | null = null

  constructor(member: Member) {
    this.#member = member
  }

  get onstatus(): OnDatagramStatus | undefined {
    return this.#onstatus
  }

  set onstatus(onstatus: OnDatagramStatus | undefined) {
    this.#onstatus = onstatus
    this.#member.connection.datagrams.statusWanted = onstatus !== undefined
  }

  get maxSize(): number {
    const { connection } = this.#member
    const { datagrams, earlyData, path } = connection
    // Who asks would send more at once if the path carried it.
    if (path.mtu.need()) this.#member.touch()
    return connection.handshake.completed || earlyData.isSending ? datagrams.maxSize(path, earlyData.isSending) : 0
  }

  get maxPending(): number {
    return this.#member.connection.datagrams.maxPending
  }

  set maxPending(count: number) {
    this.#member.connection.datagrams.maxPending = number('maxPendingDatagrams', count, PENDING)
  }

  async send(datagram: Uint8Array | string, opened: Promise<unknown>, ended: () => boolean): Promise<bigint> {
    const data = bytesOf('datagram', datagram)
    const { connection } = this.#member
    // That it never opened is told by `session.opened` and `session.closed`; datagrams may be lost.
    if (!connection.handshake.completed && !connection.earlyData.isSending) await opened.catch(() => {})
    if (ended() || data.length === 0 || data.length > this.maxSize) return 0n
    const id = connection.datagrams.send(data)
    this.#member.touch()
    return BigInt(id)
  }

  /** Resolves when none waits to be sent, or the session has ended. */
  drained(ended: boolean): Promise<void> {
    const { datagrams } = this.#member.connection
    if (ended || !datagrams.wantsToSend) return Promise.resolve()
    datagrams.drainWanted = true
    this.#drained ??= settled()
    return this.#drained.promise
  }

  /** None waits any more, or none is sent. */
  noneWaits(): void {
    this.#drained?.resolve()
    this.#drained = null
  }

  /** Some have arrived. */
  received(): void {
    const { datagrams } = this.#member.connection
    for (
      let early = datagrams.firstIsEarly, data = datagrams.take();
      data !== null;
      early = datagrams.firstIsEarly, data = datagrams.take()
    ) {
      try {
        this.onreceived?.(data, early)
      } catch (error) {
        uncaught(error)
      }
    }
  }

  /** It is known of some what became of them. */
  settled(): void {
    this.#member.connection.datagrams.takeSettled((id, status) => {
      try {
        this.#onstatus?.(BigInt(id), status)
      } catch (error) {
        uncaught(error)
      }
    })
  }
}

/** @internal */
export function checkDropPolicy(policy: DatagramDropPolicy | undefined): DatagramDropPolicy {
  if (policy === undefined) return 'drop-oldest'
  if (POLICIES.includes(policy)) return policy
  throw wrong('datagramDropPolicy', `is ${JSON.stringify(policy)}; it may be ${POLICIES.join(' or ')}`)
}
