// Who sends next. RFC 9218 section 10, RFC 9000 section 2.3.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { DEFAULT_PRIORITY, type Priority } from './priority.ts'
import { Schedule, type Scheduled } from './schedule.ts'
import type { TurnTaker } from './turns.ts'

class Member implements Scheduled {
  readonly id: number
  queued = false
  priority: Priority
  before: TurnTaker | null = null
  after: TurnTaker | null = null
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
const grouped = (id: number, group: object, order = 0): Member => new Member(id, { urgency: 3, incremental: true, group, order })
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

  test('a group shares as one, however many it has', () => {
    const group = {}
    const members = [0, 4, 8].map((id) => grouped(id, group))
    assert.deepEqual(turns(scheduleOf(...members, sharing(12)), 8), [0, 12, 4, 12, 8, 12, 0, 12])
  })

  test('within a group the highest order goes first, and lower ones when it has nothing left; each group has orders of its own', () => {
    const [a, b] = [{}, {}]
    const [first, second, other] = [grouped(0, a, 2), grouped(4, a, -1), grouped(8, b, -7)]
    const schedule = scheduleOf(second, other, first)
    assert.deepEqual(turns(schedule, 4), [0, 8, 0, 8])
    schedule.remove(first)
    assert.deepEqual(turns(schedule, 4), [4, 8, 4, 8])
    schedule.prioritize(other, { ...other.priority, group: a })
    assert.deepEqual(turns(schedule, 2), [4, 4])
    schedule.prioritize(other, { urgency: 3, incremental: true })
    schedule.remove(second)
    assert.deepEqual(turns(schedule, 2), [8, 8])
    schedule.remove(other)
    assert.equal(schedule.first, null)
  })

  test('one is steady who has all turns to come', () => {
    const group = {}
    const cases: readonly [readonly Member[], number | null][] = [
      [[], null],
      [[sharing(4)], 4],
      [[ordered(4), ordered(0)], 0],
      [[sharing(4), sharing(0, 5)], 4],
      [[sharing(4), sharing(0)], null],
      [[sharing(4), ordered(0)], null],
      [[grouped(4, group), grouped(0, group)], null],
    ]
    for (const [members, id] of cases) {
      const schedule = scheduleOf(...members)
      assert.equal(schedule.steady?.id ?? null, id)
      if (id !== null) assert.deepEqual(turns(schedule, 3), [id, id, id])
    }
  })

  test('whatever happens, it serves the most urgent, the lowest id of those in order, and each of those that share within a round', () => {
    const COUNT = 12
    const groups = [{ name: 'a' }, { name: 'b' }]
    const alone = fc.record({ urgency: fc.integer({ min: 0, max: 7 }), incremental: fc.boolean() })
    const inGroup = fc
      .record({ group: fc.constantFrom(...groups), order: fc.integer({ min: -1, max: 1 }) })
      .chain((place) => alone.map((priority) => ({ ...priority, ...place })))
    const priority: fc.Arbitrary<Priority> = fc.oneof(alone, inGroup)
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
        /** Turns in a row in which a member, or a whole group, waited at the urgency that was served. */
        const patience = new Map<object, number>()
        const sharer = (member: Member): object => member.priority.group ?? member
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
          const inOrder = equals.filter(({ priority: { incremental, group } }) => !incremental && group === undefined)
          if (inOrder.includes(first)) assert.equal(first, inOrder.toSorted((one, other) => one.id - other.id)[0])
          const { group, order = 0 } = first.priority
          if (group !== undefined) {
            for (const other of equals) if (other.priority.group === group) assert.ok((other.priority.order ?? 0) <= order)
          }
          if (each.act !== 'serve') {
            patience.clear()
            continue
          }
          schedule.served(first)
          for (const one of new Set(equals.filter((other) => !inOrder.includes(other) || other === inOrder[0]).map(sharer))) {
            const waited: number = one === sharer(first) ? 0 : (patience.get(one) ?? 0) + 1
            patience.set(one, waited)
            assert.ok(waited <= 2 * equals.length, `one waited for ${waited} turns of ${equals.length}`)
          }
        }
      }),
    )
  })
})
