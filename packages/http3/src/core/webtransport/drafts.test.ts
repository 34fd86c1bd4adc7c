import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  draftSettings,
  flowTerms,
  formerDraftSettings,
  speakNewest,
  speaksFormer,
  WT_ENABLED,
  WT_INITIAL_MAX_DATA,
  WT_INITIAL_MAX_STREAMS_BIDI,
  WT_INITIAL_MAX_STREAMS_UNI,
} from './drafts.ts'

const LIMITS = { data: 100, bidi: 2, uni: 3 }
const ALL = draftSettings(4, LIMITS)

test('the newest draft is spoken where both ends say so, and one before it where the peer says that (section 7.1)', () => {
  const former = formerDraftSettings(1)
  for (const [own, peer, newest, before] of [
    [ALL, ALL, true, true],
    [ALL, former, false, true],
    [former, ALL, false, true],
    [ALL, new Map([[WT_ENABLED, 1]]), true, false],
    [ALL, new Map(), false, false],
  ] as const) {
    assert.deepEqual([speakNewest(own, peer), speaksFormer(peer)], [newest, before])
  }
})

test('a value that has no meaning is H3_SETTINGS_ERROR (section 3.1)', () => {
  assert.throws(() => speakNewest(ALL, new Map([[WT_ENABLED, 2]])), { code: 'H3_SETTINGS_ERROR', scope: 'connection' })
})

test('there is flow control where both ends name a limit, whichever it is (section 5.1)', () => {
  assert.deepEqual(flowTerms(ALL, ALL), { own: LIMITS, peer: LIMITS })
  for (const id of [WT_INITIAL_MAX_DATA, WT_INITIAL_MAX_STREAMS_BIDI, WT_INITIAL_MAX_STREAMS_UNI]) {
    const one = new Map([[id, 7]])
    assert.equal(Object.values(flowTerms(ALL, one)!.peer).filter((limit) => limit === 7).length, 1)
    assert.equal(Object.values(flowTerms(one, ALL)!.own).filter((limit) => limit === 0).length, 2)
  }
  for (const none of [new Map(), formerDraftSettings(1), draftSettings(1, { data: 0, bidi: 0, uni: 0 })]) {
    assert.deepEqual([flowTerms(ALL, none), flowTerms(none, ALL)], [null, null])
  }
})
