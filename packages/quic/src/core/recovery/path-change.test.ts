import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { minimumWindow } from '../congestion/window.ts'
import { DATAGRAM, VirtualPath } from './testing/virtual-path.ts'

/** Ten packets left by the former path, of which the round trip is known. */
function moved(): { path: VirtualPath; window: number } {
  const path = new VirtualPath()
  path.send()
  path.at(50).ack([0])
  path.send(10)
  path.recovery.pathChanged(DATAGRAM, 60)
  return { path: path.at(60), window: path.controller.window }
}

describe('packets of the former path (RFC 9000 section 9.4)', () => {
  test('do not count as in flight on the new one', () => {
    const { path } = moved()
    assert.equal(path.recovery.bytesInFlight, 0)
    assert.equal(path.recovery.rtt.firstSampleAt, null)
  })

  test('give no round trip and no window when they are acknowledged', () => {
    const { path, window } = moved()
    path.at(70).ack([[1, 10]])
    assert.equal(path.delivered.length, 11, 'what they said has arrived')
    assert.equal(path.recovery.rtt.firstSampleAt, null)
    assert.equal(path.controller.window, window)
  })

  test('take nothing from the window when they are lost', () => {
    const { path, window } = moved()
    path.send(5)
    path.at(110).ack([[11, 15]])
    assert.equal(path.lost.length, 10, 'what they said is said again')
    assert.ok(path.controller.window > window && window > minimumWindow(DATAGRAM))
    assert.equal(path.recovery.rtt.latest, 50)
  })
})
