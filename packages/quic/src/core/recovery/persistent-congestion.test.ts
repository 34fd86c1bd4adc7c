import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { minimumWindow } from '../congestion/window.ts'
import { DATAGRAM, VirtualPath } from './testing/virtual-path.ts'

/** Smoothed 1, variance 0.5, max_ack_delay 0: the duration is 3 * (1 + 2) = 9 ms. Number 0 is spent at 1 ms. */
function measured(): VirtualPath {
  const path = new VirtualPath()
  path.recovery.handshakeConfirmed()
  path.recovery.peerMaxAckDelayMillis = 0
  path.send()
  path.at(1).ack([0])
  return path
}

describe('persistent congestion (RFC 9002 7.6)', () => {
  test('is declared when all was lost over three probe timeouts: the window collapses, the least round trip starts over', () => {
    const path = measured()
    for (const at of [2, 8, 14, 20]) path.at(at).send()
    path.at(25).send()
    path.at(28).ack([5])
    assert.deepEqual(path.lost, ['1', '2', '3', '4'])
    assert.equal(path.controller.window, minimumWindow(DATAGRAM) + DATAGRAM)
    assert.equal(path.recovery.stats.persistentCongestions, 1)
    assert.equal(path.recovery.rtt.minimum, 3)
  })

  test('is not declared over a shorter time', () => {
    const path = measured()
    for (const at of [2, 5, 8]) path.at(at).send()
    path.at(20).send()
    path.at(21).ack([4])
    assert.equal(path.recovery.stats.packetsLost, 3)
    assert.equal(path.recovery.stats.persistentCongestions, 0)
  })

  test('is not declared if something in between arrived', () => {
    const path = measured()
    for (const at of [2, 5, 8, 11, 14, 17]) path.at(at).send()
    path.at(30).send()
    path.at(31).ack([7, 4])
    assert.deepEqual(path.lost, ['1', '2', '3', '5', '6'])
    assert.equal(path.recovery.stats.persistentCongestions, 0)
  })

  test('does not count packets sent before the first sample', () => {
    const path = new VirtualPath()
    path.recovery.handshakeConfirmed()
    path.recovery.peerMaxAckDelayMillis = 0
    for (const at of [0, 5, 10, 15, 20]) path.at(at).send()
    path.at(21).send()
    path.at(22).ack([5])
    assert.equal(path.recovery.stats.packetsLost, 5)
    assert.equal(path.recovery.stats.persistentCongestions, 0)
  })

  test('does not count packets that elicit no acknowledgement', () => {
    const path = measured()
    path.at(2).send()
    const padded = path.at(15).recovery.begin('application')
    padded.inFlight = true
    path.recovery.commit('application', padded, DATAGRAM, 15)
    path.at(20).send()
    path.at(21).ack([3])
    assert.deepEqual(path.lost, ['1', '2'])
    assert.equal(path.recovery.stats.persistentCongestions, 0)
  })

  test('is found though the losses come to light in two sweeps', () => {
    const path = measured()
    for (const at of [2, 4, 6, 8, 10, 10.3, 14.9]) path.at(at).send()
    path.at(15).send()
    // The duration is 8.55 ms by now. Numbers 1 to 6 span 8.3; number 7 left only just before the one acknowledged, and waits.
    path.at(15.6).ack([8])
    assert.equal(path.recovery.stats.packetsLost, 6)
    assert.equal(path.recovery.stats.persistentCongestions, 0)
    path.recovery.wake(path.recovery.wakeAt()!)
    assert.equal(path.recovery.stats.packetsLost, 7)
    assert.equal(path.recovery.stats.persistentCongestions, 1)
  })

  test('is declared in the RFC’s own example (7.6.3)', () => {
    const path = new VirtualPath()
    path.recovery.handshakeConfirmed()
    // The probe timeout is 2 s there; here a round trip of 0.2 s gives 0.2 + 0.3, and the rest is max_ack_delay.
    path.recovery.peerMaxAckDelayMillis = 1500
    path.send()
    path.at(200).ack([0])
    for (const at of [1000, 1001]) path.at(at).send()
    path.at(1200).ack([1])
    for (const at of [2000, 3000, 4000, 5000, 6000, 8000, 12_000]) path.at(at).send()
    path.at(12_200).ack([9])
    assert.deepEqual(path.lost, ['2', '3', '4', '5', '6', '7', '8'])
    assert.equal(path.recovery.stats.persistentCongestions, 1)
  })
})
