// The paths of a connection: one carries what is sent, others are probed, left, or returned to. RFC 9000 section 9.
import type { ConnectionEvent } from '../events.ts'
import type { Instant } from '../instant.ts'
import { MAX_PATHS } from '../limits.ts'
import type { PacketSpace } from '../packet-space.ts'
import type { PathRecovery } from '../recovery/path-recovery.ts'
import type { Recovery } from '../recovery/recovery.ts'
import { GRANULARITY_MILLIS, INITIAL_RTT_MILLIS } from '../recovery/rtt.ts'
import type { SentPacket } from '../recovery/sent-packet.ts'
import type { Side } from '../streams/stream-id.ts'
import type { LocalConnectionIds } from './local-connection-ids.ts'
import { MtuDiscovery } from './mtu-discovery.ts'
import { Path } from './path.ts'
import { type LocalSocket, type RemoteAddress, sameAddress } from './path-address.ts'
import type { RemoteConnectionIds, RemoteId } from './remote-connection-ids.ts'
import { SpinBit } from './spin-bit.ts'

/** Probe timeout of a path that is not measured yet. RFC 9002 section 6.2.2. */
const UNKNOWN_PTO_MILLIS = Math.max(3 * INITIAL_RTT_MILLIS, GRANULARITY_MILLIS)

/** Probe timeouts for which a path that was left is still known. */
const LINGER_TIMEOUTS = 3

/** What the paths need of their connection. */
export interface PathHost {
  readonly side: Side
  readonly recovery: Recovery
  readonly localIds: LocalConnectionIds
  readonly remoteIds: RemoteConnectionIds
  readonly spaces: { readonly application: PacketSpace }
  readonly handshakeConfirmed: boolean
  tell(event: ConnectionEvent): void
  /** The peer is nowhere. RFC 9000 section 9.3.2. */
  pathsExhausted(): void
}

export interface PathsOptions {
  readonly remote: RemoteAddress
  readonly local: LocalSocket
  /** Whether the peer is known to be at `remote`. */
  readonly validated: boolean
  readonly maxDatagramSize: number
  /** Whether observers may see the round trip. RFC 9000 section 17.4. */
  readonly spinBit: boolean
  readonly random: (length: number) => Uint8Array
}

/** Counts of paths beside the first. */
export interface PathsStats {
  opened: number
  validated: number
  /** Times that all went over to another path. */
  changes: number
  /** Of those opened, the ones on which the peer seems not to know that it has moved, and of these the ones that it answered on. */
  rebindings: number
  rebindingsValidated: number
}

export class Paths {
  readonly stats: PathsStats = { opened: 0, validated: 0, changes: 0, rebindings: 0, rebindingsValidated: 0 }
  /** Carries what we send. */
  active: Path
  readonly #host: PathHost
  readonly #random: (length: number) => Uint8Array
  readonly #spinBit: boolean
  #maxDatagramSize: number
  #others: Path[] = []
  /** Where to return to if the active path turns out to lead nowhere. */
  #fallback: Path | null = null
  /** That of the datagram at hand; null if it came along none that we know. */
  #here: Path | null = null
  #from: RemoteAddress
  #local: LocalSocket
  #bytes = 0
  #nextId = 0
  #localSequence = 0
  #tidyAt: Instant = Number.POSITIVE_INFINITY
  /** Where the client goes on at another address of ours, which is not validated yet. */
  #awaited: Path | null = null
  /** Our address before the preferred one: what the client sends there from now on is not for us. RFC 9000 section 9.6.2. */
  #vacated: LocalSocket | null = null
  /** Only the newest packet moves the peer: older ones may have come late by another way. RFC 9000 section 9.3. */
  #newestNumber = -1

  constructor(host: PathHost, options: PathsOptions, now: Instant) {
    this.#host = host
    this.#random = options.random
    this.#maxDatagramSize = options.maxDatagramSize
    this.#spinBit = options.spinBit
    this.#from = options.remote
    this.#local = options.local
    this.active = this.#path(!options.validated, host.remoteIds.inUse, this.#discovery(), host.recovery.path, now)
    this.active.validated = true
    this.#here = this.active
  }

  /** Notes where a datagram comes from. False if it is to be dropped: a client's server does not move. RFC 9000 section 9. */
  arrived(from: RemoteAddress, local: LocalSocket, bytes: number): boolean {
    const { active } = this
    this.#here = active.carries(from, local) ? active : this.#find(from, local)
    if (this.#here !== null) {
      this.#here.amplification.received(bytes)
      return true
    }
    if (this.#host.side === 'client') return sameAddress(from, active.remote)
    this.#from = from
    this.#local = local
    this.#bytes = bytes
    return true
  }

  /** Notes where datagrams come from, if that is the path that carries what we send and there is no other place where they should not have come; else false. */
  arrivedAtHome(from: RemoteAddress, local: LocalSocket): boolean {
    if (this.#vacated !== null || !this.active.carries(from, local)) return false
    this.#here = this.active
    return true
  }

  /** The space of the 1-RTT packets in the datagram at hand. One from an address that is new is of the same path until it proves to be authentic. */
  get arriving(): PacketSpace {
    return (this.#here ?? this.active).space
  }

  /** A 1-RTT packet was authentic; `id` is the one of ours that it was sent to. Called only if it came along no path that is known. */
  get isElsewhere(): boolean {
    return this.#here === null && this.#host.handshakeConfirmed && this.#host.side === 'server'
  }

  /** The datagram at hand came as those of `arrivedAtHome` do. */
  get isAtHome(): boolean {
    return this.#here === this.active && this.#vacated === null
  }

  /** A packet came where we are no more, and left after we had moved; one that is late is taken. RFC 9000 section 9.6.2. */
  isVacated(number: number): boolean {
    return this.#vacated !== null && (this.#here?.local ?? this.#local) === this.#vacated && number > this.#newestNumber
  }

  /** The peer has shown itself at an address that is new. */
  discovered(localSequence: number, now: Instant): void {
    const { active } = this
    this.#localSequence = localSequence
    // The peer may know nothing of its new address, and goes on under the same id; one that moves on purpose changes ids. RFC 9000 section 9.5.
    const remoteId = localSequence === active.localSequence ? active.remoteId : (this.#host.remoteIds.take() ?? active.remoteId)
    // A new port is most likely a NAT's doing, and the way is the same. RFC 9000 section 9.4.
    const isSameWay = this.#from.address === active.remote.address && this.#local === active.local
    const path = isSameWay ? this.#path(true, remoteId, active.mtu, active.recovery, now) : this.#newPath(true, remoteId, now)
    path.rebound = localSequence === active.localSequence && this.#local === active.local
    if (path.rebound) this.stats.rebindings++
    path.amplification.received(this.#bytes)
    this.#add(path)
    this.#here = path
    // It tries our preferred address, or somebody pretends that it does: a server asks from its side, too. RFC 9000 section 9.6.2.
    if (path.local !== active.local) this.#validate(path, now)
  }

  /** A packet that does more than probe arrived: if it is the newest, the peer is where it came from. RFC 9000 section 9.3. */
  used(number: number, now: Instant): void {
    if (number <= this.#newestNumber) return
    this.#newestNumber = number
    this.#awaited = null
    const here = this.#here
    if (here === null || here === this.active || this.#host.side === 'client' || !this.#host.handshakeConfirmed) return
    const former = this.active
    if (here.local !== former.local && !here.validated) {
      // Our preferred address is used once it is validated from our side, too. RFC 9000 section 9.6.2.
      this.#awaited = here
      return
    }
    this.#activate(here, now)
    if (!here.validated) this.#validate(here, now)
    // The move may be an attacker's who forwards packets faster than the path does: the peer is asked where it was as well. RFC 9000 section 9.3.3.
    // Not so where it was we who moved, since it was asked before that.
    if (former.validated && former.local === here.local) this.#validate(former, now)
  }

  /** So many packets were opened; so many bytes of streams were in them. */
  packetsReceived(count: number, streamBytes: number): void {
    const path = this.#here ?? this.active
    path.packetsReceived += count
    path.streamBytesReceived += streamBytes
  }

  /** A 1-RTT packet showed its spin bit. */
  spun(number: number, spin: boolean): void {
    this.#here?.spin.received(number, spin)
  }

  challenged(data: Uint8Array): void {
    const path = this.#here ?? this.active
    path.responses.challenged(data)
  }

  responded(data: Uint8Array, now: Instant): void {
    for (const path of [this.active, ...this.#others]) {
      const answer = path.validation.answered(data, now)
      if (answer === 'unknown') continue
      // No sample, since the answer may have come by another way, but a better guess than none. RFC 9002 section 6.2.2.
      path.recovery.rtt.assume(path.validation.roundTripMillis!)
      path.amplification.validate()
      if (answer === 'complete') this.#validated(path, now)
      return
    }
  }

  /** Moves to another socket, or to another address of the peer's. False if the peer gave no connection id for it. RFC 9000 section 9.2. */
  migrate(local: LocalSocket, remote: RemoteAddress, now: Instant): boolean {
    const path = this.#open(local, remote, now)
    if (path === null) return false
    this.#activate(path, now)
    this.#validate(path, now)
    return true
  }

  /** Asks whether the server can be reached where it would rather be; if so, all goes there. RFC 9000 section 9.6.1. */
  prefer(remote: RemoteAddress, now: Instant): void {
    const path = this.#open(this.active.local, remote, now)
    if (path === null) return
    path.preferred = true
    this.#validate(path, now)
  }

  /** The peer takes no larger datagrams than this. */
  limitTo(bytes: number): void {
    this.#maxDatagramSize = Math.min(this.#maxDatagramSize, bytes)
    this.active.mtu.limitTo(bytes)
  }

  /** The ids of the peer's have changed: none that it has taken back is used any more. RFC 9000 section 5.1.2. */
  idsChanged(): void {
    const { remoteIds } = this.#host
    this.active.remoteId = remoteIds.inUse
    for (const path of this.#others) {
      if (!path.remoteId.retired) continue
      const next = remoteIds.take()
      if (next === null) this.#drop(path)
      else path.remoteId = next
    }
  }

  /** Goes on under another of the peer's ids on the same way. False if the peer gave none to spare. RFC 9000 section 9.5. */
  changeId(): boolean {
    const { remoteIds } = this.#host
    const former = this.active.remoteId
    const next = remoteIds.take()
    if (next === null || next === former) return false
    for (const path of [this.active, ...this.#others]) if (path.remoteId === former) path.remoteId = next
    remoteIds.use(next)
    remoteIds.release(former)
    return true
  }

  /** Those that are known now, the active one first. */
  get all(): readonly Path[] {
    return [this.active, ...this.#others]
  }

  /** A path other than the active one that has to say something, and may. */
  get probed(): Path | null {
    if (this.#others.length === 0) return null
    return this.#others.find((path) => path.wantsToSend && path.room > 0) ?? null
  }

  wakeAt(): Instant | null {
    let at = this.active.mtu.wakeAt()
    if (this.#tidyAt !== Number.POSITIVE_INFINITY) at = at === null ? this.#tidyAt : Math.min(at, this.#tidyAt)
    if (this.#others.length === 0 && !this.active.validation.pending) return at
    for (const path of [this.active, ...this.#others]) {
      const validationAt = path.validation.wakeAt()
      if (validationAt !== null && (at === null || validationAt < at)) at = validationAt
    }
    return at
  }

  wake(now: Instant): void {
    if (now >= this.#tidyAt) this.#tidy(now)
    if (this.active.mtu.silent(this.#host.recovery.ptoCount, now)) this.#sizeChanged()
    for (const path of [this.active, ...this.#others]) if (path.validation.wake(now)) this.#failed(path, now)
  }

  packetDelivered(packet: SentPacket, now: Instant): void {
    if (packet.path !== this.active.recovery) return
    if (this.active.mtu.delivered(packet.number, packet.size, now)) this.#sizeChanged()
  }

  packetLost(packet: SentPacket, now: Instant): void {
    if (packet.path !== this.active.recovery) return
    if (this.active.mtu.lost(packet.number, packet.size, now)) this.#sizeChanged()
  }

  /** Of the path from where the datagram at hand came to. */
  #discovery(): MtuDiscovery {
    return new MtuDiscovery(Math.min(this.#maxDatagramSize, this.#local.largestDatagram))
  }

  #newPath(limited: boolean, remoteId: RemoteId, now: Instant): Path {
    const mtu = this.#discovery()
    return this.#path(limited, remoteId, mtu, this.#host.recovery.newPath(mtu.size), now)
  }

  #path(limited: boolean, remoteId: RemoteId, mtu: MtuDiscovery, recovery: PathRecovery, openedAt: Instant): Path {
    return new Path({
      id: this.#nextId++,
      openedAt,
      remote: this.#from,
      local: this.#local,
      limited,
      remoteId,
      localSequence: this.#localSequence,
      recovery,
      space: this.#host.spaces.application,
      mtu,
      spin: new SpinBit(this.#host.side, this.#spinBit, this.#random(1)[0]!),
      random: this.#random,
    })
  }

  /** A path of our own choice, which no limit binds: the peer is known to want packets at its address. RFC 9000 section 9.2. */
  #open(local: LocalSocket, remote: RemoteAddress, now: Instant): Path | null {
    const remoteId = this.#host.remoteIds.take()
    if (remoteId === null) return null
    this.#from = remote
    this.#local = local
    const path = this.#newPath(false, remoteId, now)
    this.#add(path)
    return path
  }

  #find(from: RemoteAddress, local: LocalSocket): Path | null {
    for (const path of this.#others) if (path.carries(from, local)) return path
    return null
  }

  #add(path: Path): void {
    this.stats.opened++
    this.#others.push(path)
    const excess = this.#others.length >= MAX_PATHS ? this.#others.find((other) => other !== this.#fallback && other !== path) : undefined
    if (excess !== undefined) this.#drop(excess)
  }

  #activate(path: Path, now: Instant): void {
    const former = this.active
    this.stats.changes++
    former.leftAt = now
    path.leftAt = null
    this.active = path
    if (this.#host.side === 'server' && former.local !== path.local) this.#vacated = path.local === this.#vacated ? null : former.local
    this.#awaited = null
    this.#others = [...this.#others.filter((other) => other !== path), former]
    if (former.validated) this.#fallback = former
    const { recovery, remoteIds } = this.#host
    remoteIds.use(path.remoteId)
    recovery.usePath(path.recovery, now)
    path.mtu.permit()
    this.#host.tell({ type: 'pathChanged', local: path.local, remote: path.remote })
  }

  #validate(path: Path, now: Instant): void {
    path.validation.start(now, Math.max(this.#host.recovery.ptoDuration(), UNKNOWN_PTO_MILLIS))
  }

  #validated(path: Path, now: Instant): void {
    if (path.rebound && !path.validated) this.stats.rebindingsValidated++
    path.validated = true
    this.stats.validated++
    this.#host.tell({ type: 'pathValidation', result: 'success', local: path.local, remote: path.remote })
    // A move of our own that is still in doubt is given up for the preferred address. RFC 9000 section 9.6.3.
    if (path.preferred && path !== this.active) this.active.validation.stop()
    if ((path.preferred || path === this.#awaited) && path !== this.active) this.#activate(path, now)
    if (!this.active.validated || this.active.validation.pending) return
    this.#fallback = null
    this.#tidyLater(now)
  }

  /** Packets that are on their way still find the former path. RFC 9000 section 9.3.3 has it asked once more, too. */
  #tidyLater(now: Instant): void {
    if (this.#others.length > 0) this.#tidyAt = now + LINGER_TIMEOUTS * this.#host.recovery.ptoDuration()
  }

  #tidy(now: Instant): void {
    this.#tidyAt = Number.POSITIVE_INFINITY
    if (!this.active.validated || this.active.validation.pending) return
    for (const other of this.#others) if (!other.validation.pending) this.#drop(other)
    this.#tidyLater(now)
  }

  #failed(path: Path, now: Instant): void {
    if (path === this.active && path.validated && this.#fallback === null) return
    this.#host.tell({ type: 'pathValidation', result: 'failure', local: path.local, remote: path.remote })
    if (path === this.active) {
      // Back to where the peer was last known to be. RFC 9000 section 9.3.2.
      const fallback = this.#fallback
      if (fallback === null) {
        this.#host.pathsExhausted()
        return
      }
      this.#activate(fallback, now)
      this.#fallback = null
    }
    this.#drop(path)
  }

  #drop(path: Path): void {
    this.#others = this.#others.filter((other) => other !== path)
    if (this.#fallback === path) this.#fallback = null
    if (this.#here === path) this.#here = null
    if (this.#awaited === path) this.#awaited = null
    const shared = [this.active, ...this.#others].some((other) => other.remoteId === path.remoteId)
    if (!shared) this.#host.remoteIds.release(path.remoteId)
    if ([this.active, ...this.#others].every((other) => other.local !== path.local)) {
      this.#host.tell({ type: 'socketAbandoned', local: path.local })
    }
  }

  #sizeChanged(): void {
    this.#host.recovery.datagramSizeChanged(this.active.mtu.size)
  }
}
