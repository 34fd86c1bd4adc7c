// The two state machines against the figures of RFC 9000 section 3, transition by transition, and what RESET_STREAM_AT adds to them.
// draft-ietf-quic-reliable-stream-reset section 5.3.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  RECEIVE_EVENTS,
  type ReceiveEvent,
  type ReceiveState,
  receiveStep,
  SEND_EVENTS,
  type SendEvent,
  type SendState,
  sendStep,
} from './states.ts'

const SEND_STATES: readonly SendState[] = ['ready', 'send', 'dataSent', 'dataReceived', 'resetSent', 'resetReceived']
const RECEIVE_STATES: readonly ReceiveState[] = ['receive', 'sizeKnown', 'dataReceived', 'dataRead', 'resetReceived', 'resetRead']

/** A row an event, a column a state; a dot where the event means nothing. */
const SEND: Readonly<Record<SendEvent, string>> = {
  //                 ready         send          dataSent     dataReceived resetSent     resetReceived
  dataSent: '        send          send          .            .            .             .',
  finSent: '         dataSent      dataSent      dataSent     .            .             .',
  resetAtSent: '     dataSent      dataSent      dataSent     .            .             .',
  allAcknowledged: ' .             .             dataReceived .            .             .',
  resetAsked: '      resetSent     resetSent     resetSent    .            .             .',
  resetAcknowledged: '.            .             .            .            resetReceived .',
}

const RECEIVE: Readonly<Record<ReceiveEvent, string>> = {
  //              receive       sizeKnown     dataReceived dataRead resetReceived resetRead
  finReceived: '  sizeKnown     sizeKnown     .            .        .             .',
  resetAtReceived: 'sizeKnown   sizeKnown     .            .        .             .',
  allReceived: '  .             dataReceived  .            .        .             .',
  allRead: '      .             .             dataRead     .        .             .',
  promiseRead: '  .             .             resetReceived .       .             .',
  resetReceived: 'resetReceived resetReceived .            .        .             .',
  resetRead: '    .             .             .            .        resetRead     .',
}

function check<E extends string, S extends string>(
  table: Readonly<Record<E, string>>,
  states: readonly S[],
  step: (state: S, event: E) => S | null,
): void {
  for (const [event, row] of Object.entries(table) as [E, string][]) {
    const cells = row.trim().split(/\s+/)
    assert.equal(cells.length, states.length)
    for (const [i, state] of states.entries()) {
      test(`${state}, ${event}: ${cells[i] === '.' ? 'nothing' : cells[i]}`, () => {
        assert.equal(step(state, event), cells[i] === '.' ? null : cells[i])
      })
    }
  }
}

describe('sending half (figure 2)', () => {
  check(SEND, SEND_STATES, sendStep)
  test('every event is in the figure', () => assert.deepEqual(Object.keys(SEND_EVENTS).sort(), Object.keys(SEND).sort()))
})

describe('receiving half (figure 3)', () => {
  check(RECEIVE, RECEIVE_STATES, receiveStep)
  test('every event is in the figure', () => assert.deepEqual(Object.keys(RECEIVE_EVENTS).sort(), Object.keys(RECEIVE).sort()))
})
