// How a client comes to the server: asked to prove its address or not, with a token or without, from nowhere or from an earlier session whose limits it
// remembers. RFC 9000 sections 7.4.1 and 8.1, RFC 9001 section 4.6.
import type { Random } from '@millrace/netsim'
import { NEVER_REDUCED } from '../packages/quic/src/core/early-data.ts'
import type { TransportParameters } from '../packages/quic/src/core/wire/transport-parameters.ts'
import { magnitude, perhaps, pick } from './draw.ts'

export interface Entry {
  /** The server lets nobody in who has not shown a token. */
  readonly retry: boolean
  /** What the client shows at first: nothing, a token of the server's, or one of another server's, which is worth nothing. */
  readonly token: 'none' | 'good' | 'foreign'
  /** Null where it was never here before. */
  readonly early: EarlyPlan | null
}

export interface EarlyPlan {
  /** Whether the server accepts 0-RTT, refuses it, or knows nothing of the ticket. */
  readonly answer: 'accepted' | 'refused' | 'unknown'
  /** Limits of the earlier session. */
  readonly remembered: Partial<TransportParameters>
}

/** `limits`: what the server declares this time. */
export function drawEntry(random: Random, limits: Partial<TransportParameters>): Entry {
  const token = perhaps(random, 0.3, (own) => pick<Entry['token']>(own, ['good', 'foreign']), 'none')
  return { retry: random.chance(0.3), token, early: perhaps<EarlyPlan | null>(random, 0.4, (own) => drawEarly(own, limits), null) }
}

/** A server asks in vain for a proof that the client has brought. */
export function isAsked({ retry, token }: Entry): boolean {
  return retry && token !== 'good'
}

function drawEarly(random: Random, limits: Partial<TransportParameters>): EarlyPlan {
  const answer = pick<EarlyPlan['answer']>(random, ['accepted', 'accepted', 'refused', 'unknown'])
  // What is refused may have been more than the server allows now: all of it is taken back.
  const factor = answer === 'accepted' ? 1 : 3
  const remembered: Record<string, number | boolean> = {}
  for (const name of NEVER_REDUCED) {
    const now = limits[name]
    if (now === undefined || now === 0) continue
    const least = name === 'activeConnectionIdLimit' ? 2 : 1
    remembered[name] = random.chance(0.4) ? now : magnitude(random, least, Math.max(least, Math.floor(now * factor)))
  }
  remembered.resetStreamAt = random.chance(0.7) && (answer !== 'accepted' || limits.resetStreamAt === true)
  return { answer, remembered }
}
