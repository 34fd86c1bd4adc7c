import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NewReno } from '../congestion/new-reno.ts'
import { minimumWindow } from '../congestion/window.ts'
import { DATAGRAM, VirtualPath } from './testing/virtual-path.ts'

/** Ten packets left by the former path, of which the round trip is known. */
function moved(): { path: VirtualPath; window: number } {
  const path = new VirtualPath()
  path.send()
  path.at(50).ack([0])
  path.send(10)
  path.recovery.usePath(path.recovery.newPath(DATAGRAM), 60)
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

describe('what is known of a path (RFC 9000 section 9.4)', () => {
  test('is kept for who returns to it, and begins anew on another', () => {
    const path = new VirtualPath({ newController: (bytes) => new NewReno(bytes) })
    const { recovery } = path
    const first = recovery.path
    path.send(10)
    path.at(50).ack([[0, 9]])
    const window = recovery.controller.window
    path.send(3)
    recovery.usePath(recovery.newPath(DATAGRAM), 60)
    assert.notEqual(recovery.controller, first.flight.controller)
    assert.ok(recovery.controller.window < window)
    path.at(60).send(2)
    assert.equal(recovery.bytesInFlight, 2 * DATAGRAM)
    recovery.usePath(first, 70)
    assert.deepEqual([recovery.controller.window, recovery.rtt.latest, recovery.bytesInFlight], [window, 50, 3 * DATAGRAM])
    path.at(100).ack([[10, 14]])
    assert.equal(recovery.bytesInFlight, 0)
    assert.equal(recovery.rtt.latest, 50, 'the newest left by the other path')
    assert.ok(recovery.controller.window > window)
  })

  test('is the one controller there is where none is made for each, which forgets what it knew', () => {
    const path = new VirtualPath()
    path.send(10)
    path.at(50).ack([[0, 9]])
    const { window } = path.controller
    path.recovery.usePath(path.recovery.newPath(DATAGRAM), 60)
    assert.equal(path.recovery.controller, path.controller)
    assert.ok(path.controller.window < window)
  })
})
