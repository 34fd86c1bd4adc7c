// ACK_FREQUENCY between two connections: fewer acknowledgements, the same bytes. draft-ietf-quic-ack-frequency.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cubic } from '../src/core/congestion/cubic.ts'
import { DATAGRAM, Flows } from './support/flows.ts'

const BYTES = 3_000_000

function transfer(ackFrequency: boolean, minAckDelay?: number): { acknowledgements: number; millis: number; maxAckDelay: number } {
  const parameters = minAckDelay === undefined ? {} : { minAckDelay }
  const run = new Flows(
    [
      {
        controller: new Cubic(DATAGRAM),
        bytes: BYTES,
        pair: { server: parameters, connection: (side) => (side === 'client' ? { recovery: { ackFrequency } } : {}) },
      },
    ],
    { seed: 1, toServer: { delayMillis: 10, bitsPerSecond: 20e6, queueDatagrams: 60 }, toClient: { delayMillis: 10 } },
  )
  const [flow] = run.flows
  run.runUntil(() => flow!.done, 60_000)
  const { client, server } = flow!.pair
  const result = {
    acknowledgements: server.connection.recovery.stats.packetsSent,
    millis: run.now,
    maxAckDelay: client.connection.recovery.peerMaxAckDelayMillis,
  }
  run.release()
  return result
}

test('a sender that asks gets a fraction of the acknowledgements, and is not slower (section 8.1)', () => {
  const plain = transfer(false, 1000)
  const asking = transfer(true, 1000)
  assert.ok(asking.acknowledgements < plain.acknowledgements / 3, `${asking.acknowledgements} for ${plain.acknowledgements}`)
  assert.ok(asking.millis < plain.millis * 1.05, `${asking.millis} ms for ${plain.millis} ms`)
})

test('the probe timeout follows the delay that the peer has acknowledged (section 7)', () => {
  assert.equal(transfer(false, 1000).maxAckDelay, 25)
  assert.ok(transfer(true, 1000).maxAckDelay < 25)
})

test('a peer that did not offer it is not asked (section 3)', () => {
  const asking = transfer(true)
  const plain = transfer(false)
  // Numbers that the sender leaves out at random cost an acknowledgement now and then.
  assert.ok(Math.abs(asking.acknowledgements - plain.acknowledgements) < 10, `${asking.acknowledgements}, ${plain.acknowledgements}`)
  assert.equal(asking.maxAckDelay, 25)
})
