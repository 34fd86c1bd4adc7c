import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Writer } from '@millrace/bytes'
import fc from 'fast-check'
import { ReceivedPackets } from './received-packets.ts'

type Event =
  | { readonly type: 'packet'; readonly skipped: number; readonly eliciting: boolean }
  | { readonly type: 'late'; readonly behind: number }
  | { readonly type: 'acknowledged' }
  | { readonly type: 'run'; readonly skipped: number; readonly count: number }

const skipped = fc.nat({ max: 3 })
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ type: fc.constant('packet' as const), skipped, eliciting: fc.boolean() }),
  fc.record({ type: fc.constant('late' as const), behind: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ type: fc.constant('acknowledged' as const) }),
  fc.record({ type: fc.constant('run' as const), skipped, count: fc.integer({ min: 1, max: 16 }) }),
)

/** What can be seen from outside: when an acknowledgement is due, and what it states. */
function shown(received: ReceivedPackets, now: number): unknown {
  const bytes = new Uint8Array(1200)
  const frame = received.write(new Writer(bytes), now, 3) ? bytes : null
  return { ackAt: received.ackAt(), isPending: received.isPending, largest: received.largest, frame }
}

test('a run of packets is noted as they are one by one, whatever the peer asks of acknowledgements (RFC 9000 section 13.2, ACK frequency section 6)', () => {
  fc.assert(
    fc.property(fc.nat({ max: 20 }), fc.nat({ max: 5 }), fc.array(event, { maxLength: 30 }), (threshold, reorderingThreshold, events) => {
      const [together, alone] = [new ReceivedPackets('application'), new ReceivedPackets('application')]
      for (const { policy } of [together, alone]) {
        policy.follow({ type: 'ackFrequency', sequence: 0, threshold, maxAckDelay: 25_000, reorderingThreshold }, 1000)
      }
      for (const [now, happened] of events.entries()) {
        note(together, happened, now, (first, count) => together.recordRun(first, count, now, 'ect0'))
        note(alone, happened, now, (first, count) => {
          for (let number = first; number < first + count; number++) alone.record(number, true, now, 'ect0')
        })
        assert.deepEqual(shown(together, now), shown(alone, now), `after event ${now}`)
      }
    }),
    { numRuns: 500 },
  )
})

function note(received: ReceivedPackets, event: Event, now: number, run: (first: number, count: number) => void): void {
  const { largest } = received
  if (event.type === 'packet') received.record(largest + 1 + event.skipped, event.eliciting, now)
  else if (event.type === 'run') run(largest + 1 + event.skipped, event.count)
  else if (event.type === 'acknowledged') received.acknowledgementSent(now)
  else if (largest >= event.behind && !received.isDuplicate(largest - event.behind)) received.record(largest - event.behind, true, now)
}
