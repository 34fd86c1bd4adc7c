// Who sends next. RFC 9218 section 10, RFC 9000 section 2.3.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { DEFAULT_PRIORITY, type Priority } from './priority.ts'
import { Schedule, type Scheduled } from './schedule.ts'

class Member implements Scheduled<Member> {
  readonly id: number
  queued = false
  priority: Priority
  before: Member | null = null
  after: Member | null = null
  place = -1

  constructor(id: number, priority: Priority = DEFAULT_PRIORITY) {
    this.id = id
    this.priority = priority
  }
}

/** Who is served in so many turns, each of whom wants to go on. */
function turns(schedule: Schedule<Member>, count: number): number[] {
  return Array.from({ length: count }, () => {
    const first = schedule.first!
    schedule.served(first)
    return first.id
  })
}

function scheduleOf(...members: readonly Member[]): Schedule<Member> {
  const schedule = new Schedule<Member>()
  for (const member of members) schedule.add(member)
  return schedule
}

const sharing = (id: number, urgency = 3): Member => new Member(id, { urgency, incremental: true })
const ordered = (id: number, urgency = 3): Member => new Member(id, { urgency, incremental: false })

describe('a schedule', () => {
  test('those that share take turns', () => {
    assert.deepEqual(turns(scheduleOf(sharing(8), sharing(0), sharing(4)), 6), [8, 0, 4, 8, 0, 4])
  })

  test('the others come one after the other, lower ids first, in whatever order they joined', () => {
    const [a, b, c] = [ordered(0), ordered(4), ordered(8)]
    const schedule = scheduleOf(c, a, b)
    assert.deepEqual(turns(schedule, 3), [0, 0, 0])
    schedule.remove(a)
    assert.deepEqual(turns(schedule, 2), [4, 4])
    schedule.add(a)
    assert.deepEqual(turns(schedule, 1), [0])
  })

  test('where both kinds have the same urgency, neither silences the other', () => {
    assert.deepEqual(turns(scheduleOf(ordered(0), ordered(4), sharing(8), sharing(12)), 8), [8, 0, 12, 0, 8, 0, 12, 0])
  })

  test('the more urgent go first, and the others as soon as those have left', () => {
    const [low, high] = [sharing(0, 7), sharing(4, 0)]
    const schedule = scheduleOf(low, high)
    assert.deepEqual(turns(schedule, 2), [4, 4])
    schedule.remove(high)
    assert.deepEqual(turns(schedule, 2), [0, 0])
    schedule.remove(low)
    assert.equal(schedule.first, null)
  })

  test('a member that waits moves when its priority changes; one that does not, waits for nothing', () => {
    const [a, b, idle] = [sharing(0), sharing(4), sharing(8)]
    const schedule = scheduleOf(a, b)
    schedule.prioritize(b, { urgency: 1, incremental: false })
    schedule.prioritize(idle, { urgency: 0, incremental: true })
    assert.deepEqual(turns(schedule, 2), [4, 4])
    schedule.prioritize(b, { urgency: 5, incremental: false })
    assert.deepEqual(turns(schedule, 2), [0, 0])
    schedule.add(idle)
    assert.deepEqual(turns(schedule, 1), [8])
  })

  test('whatever happens, it serves the most urgent, the lowest id of those in order, and each of those that share within a round', () => {
    const COUNT = 12
    const priority = fc.record({ urgency: fc.integer({ min: 0, max: 7 }), incremental: fc.boolean() })
    const member = fc.integer({ min: 0, max: COUNT - 1 })
    const step = fc.oneof(
      fc.record({ act: fc.constant('add' as const), member }),
      fc.record({ act: fc.constant('remove' as const), member }),
      fc.record({ act: fc.constant('prioritize' as const), member, priority }),
      fc.record({ act: fc.constant('serve' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const schedule = new Schedule<Member>()
        const members = Array.from({ length: COUNT }, (_, id) => new Member(id))
        /** Turns in a row in which a member waited at the urgency that was served. */
        const patience = members.map(() => 0)
        const waiting = (): Member[] => members.filter((each) => each.queued)
        for (const each of steps) {
          if (each.act === 'add') schedule.add(members[each.member]!)
          else if (each.act === 'remove') schedule.remove(members[each.member]!)
          else if (each.act === 'prioritize') schedule.prioritize(members[each.member]!, each.priority)
          const { first } = schedule
          assert.equal(first === null, waiting().length === 0)
          if (first === null) continue
          const { urgency } = first.priority
          assert.equal(urgency, Math.min(...waiting().map((other) => other.priority.urgency)))
          const equals = waiting().filter((other) => other.priority.urgency === urgency)
          const inOrder = equals.filter((other) => !other.priority.incremental)
          if (!first.priority.incremental) assert.equal(first.id, Math.min(...inOrder.map((other) => other.id)))
          if (each.act !== 'serve') {
            patience.fill(0)
            continue
          }
          schedule.served(first)
          for (const other of equals) {
            const waits = other.priority.incremental || other.id === inOrder[0]!.id
            patience[other.id] = other === first || !waits ? 0 : patience[other.id]! + 1
            assert.ok(patience[other.id]! <= 2 * equals.length, `${other.id} waited for ${patience[other.id]} turns of ${equals.length}`)
          }
        }
      }),
    )
  })
})
