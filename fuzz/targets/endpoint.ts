// What an endpoint reads of strangers before there is a connection: first packets, and tokens and tickets that come back. RFC 9000 sections 5.2.2 and 8.1.
import { type Address, Arena } from '@millrace/native'
import { AMPLIFICATION_FACTOR } from '../../packages/quic/src/core/limits.ts'
import { decodeSessionTicket, encodeSessionTicket, rememberedParameters } from '../../packages/quic/src/core/session-ticket.ts'
import { PacketHeader, parseHeader } from '../../packages/quic/src/core/wire/packet-header.ts'
import { VERSION_1, VERSION_2 } from '../../packages/quic/src/core/wire/version.ts'
import { type AddressTokenOptions, AddressTokens } from '../../packages/quic/src/endpoint/address-tokens.ts'
import { Admission } from '../../packages/quic/src/endpoint/admission.ts'
import { StatelessReplies } from '../../packages/quic/src/endpoint/stateless-replies.ts'
import type { Target } from '../target.ts'

const SIZE = 2048
const FULL = 1200
const ID = Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1)
/** Of the corpus too, whose tokens are good: see make-corpus.ts. */
export const FUZZ_TOKENS: AddressTokenOptions = {
  secrets: [new Uint8Array(32).fill(7)],
  retryLifetimeMillis: 60_000,
  newTokenLifetimeMillis: Number.MAX_SAFE_INTEGER,
}
export const STRANGER: Address = { family: 4, address: '192.0.2.1', port: 1 }
const VALIDATION = ['never', 'always', 'underLoad'] as const
const RATE = { perSecond: 1e9, burst: 1e9 }

const never = (): boolean => false

/** The first byte is the policy, and whether the rest is padded to a full datagram. What is answered must not amplify. RFC 9000 section 8.1. */
const firstPackets: Target = {
  name: 'first-packets',
  declared: never,
  run(input) {
    const first = input[0] ?? 0
    const memory = Arena.allocate(SIZE)
    memory.bytes.set(input.subarray(1, SIZE))
    const length = (first & 0x80) === 0 ? Math.min(Math.max(input.length - 1, FULL), SIZE) : Math.min(Math.max(input.length - 1, 1), SIZE)
    const stats = { versionNegotiations: 0, retries: 0, immediateCloses: 0, statelessResets: 0, repliesLimited: 0 }
    const answered = (bytes: number): void => {
      if (bytes > AMPLIFICATION_FACTOR * length) throw new Error(`${bytes} bytes answer ${length}`)
    }
    const rates = { versionNegotiation: RATE, retry: RATE, immediateClose: RATE, statelessReset: RATE }
    const admission = new Admission(
      {
        validateAddress: VALIDATION[(first & 0x03) % 3]!,
        maxConnectionsTotal: (first & 0x04) === 0 ? 10 : 0,
        maxConnectionsPerHost: 10,
        tokens: FUZZ_TOKENS,
      },
      new StatelessReplies(Arena.allocate(SIZE), answered, rates, stats),
      () => ID,
    )
    const header = parseHeader(memory.bytes, 0, length, ID.length, new PacketHeader())
    if (header === null) return 'none'
    const judged = admission.judge({ header, memory, offset: 0, length, remote: STRANGER, versions: [VERSION_1, VERSION_2], now: 0 })
    const verdict = typeof judged === 'string' ? judged : `in ${judged.incoming.addressValidated} ${judged.incoming.retrySource !== null}`
    return `${header.type} ${verdict} ${Object.values(stats).join('')}`
  },
}

const addressTokens: Target = {
  name: 'address-tokens',
  declared: never,
  run(input) {
    const verdict = new AddressTokens(FUZZ_TOKENS).judge(input, VERSION_1, ID, STRANGER, Date.now())
    if (verdict.type === 'valid' && (verdict.originalDestination?.length ?? 0) > 255) throw new Error('an id that no packet has')
    return verdict.type
  },
}

/** What a client's store gives back. What can be read is written the same way. */
const sessionTickets: Target = {
  name: 'session-tickets',
  declared: never,
  run(input) {
    const ticket = decodeSessionTicket(input)
    if (ticket === null) return 'none'
    const parameters = rememberedParameters(ticket)
    if (parameters === null) return 'nothing remembered'
    const again = decodeSessionTicket(encodeSessionTicket({ ...ticket, parameters }))
    const same = again?.version === ticket.version && Buffer.from(again.terms).equals(ticket.terms)
    if (!same || !Buffer.from(again.ticket).equals(ticket.ticket)) throw new Error('not the same again')
    return `${ticket.alpn.length > 0} ${ticket.ticket.length > 0} ${parameters.initialMaxData > 0}`
  },
}

export const endpointTargets: readonly Target[] = [firstPackets, addressTokens, sessionTickets]
