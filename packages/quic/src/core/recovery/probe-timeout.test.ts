import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MAX_PROBE_TIMEOUT_MILLIS } from './limits.ts'
import { VirtualPath } from './testing/virtual-path.ts'

/** A path whose handshake is confirmed and whose round trip is 100 ms: smoothed 100, variance 50. Number 0 is spent. */
function measured(): VirtualPath {
  const path = new VirtualPath()
  path.recovery.handshakeConfirmed()
  path.send()
  path.at(100).ack([0])
  return path
}

describe('the probe timeout (RFC 9002 6.2.1)', () => {
  test('is smoothed + 4 * variance + max_ack_delay after the last ack-eliciting packet', () => {
    const path = measured()
    path.send()
    path.at(110).send()
    assert.equal(path.recovery.wakeAt(), 110 + 100 + 200 + 25)
    path.recovery.peerMaxAckDelayMillis = 5
    assert.equal(path.recovery.wakeAt(), 110 + 100 + 200 + 5)
    assert.equal(path.recovery.ptoDuration(), 305)
    assert.equal(path.recovery.ptoDuration('handshake'), 300)
  })

  test('is about a second before there is a sample, without max_ack_delay in the first two spaces', () => {
    const path = new VirtualPath()
    path.send(1, 'initial')
    assert.equal(path.recovery.wakeAt(), 999)
  })

  test('is not armed for 1-RTT packets until the handshake is confirmed', () => {
    const path = new VirtualPath()
    path.send()
    assert.equal(path.recovery.wakeAt(), null)
    path.recovery.handshakeConfirmed()
    assert.equal(path.recovery.wakeAt(), 999 + 25)
  })

  test('gives way to a packet that waits to be lost by time', () => {
    const path = measured()
    path.send(2)
    path.at(200).ack([2])
    assert.ok(path.recovery.wakeAt()! < 230)
    path.recovery.wake(path.recovery.wakeAt()!)
    assert.equal(path.recovery.ptoCount, 0)
    assert.deepEqual(path.lost, ['1'])
  })

  test('doubles each time in a row, up to a minute, and shrinks back with an acknowledgement', () => {
    const path = measured()
    path.send()
    const waits: number[] = []
    for (let i = 0; i < 10; i++) {
      const at = path.recovery.wakeAt()!
      waits.push(at - path.now)
      path.at(at)
      path.recovery.wake(at)
      path.send()
      path.recovery.probeSent('application')
    }
    assert.deepEqual(waits.slice(0, 4), [325, 650, 1300, 2600])
    assert.equal(waits.at(-1), MAX_PROBE_TIMEOUT_MILLIS)
    assert.equal(path.recovery.ptoCount, 10)
    path.ack([11])
    assert.equal(path.recovery.ptoCount, 0)
  })

  test('is told each time: how many in a row, until an acknowledgement', () => {
    const path = measured()
    path.send()
    for (let i = 0; i < 3; i++) {
      const at = path.recovery.wakeAt()!
      path.at(at).recovery.wake(at)
      path.send()
    }
    path.ack([4])
    path.at(10_000).send()
    path.recovery.wake(path.recovery.wakeAt()!)
    assert.deepEqual(path.timeouts, [1, 2, 3, 1])
  })

  test('counts silence from the latest acknowledgement, or the first packet that lacks one, whatever is sent meanwhile', () => {
    const path = measured()
    const { space } = path.recovery.path
    assert.equal(space.elicitingInFlight, 0, 'nothing is awaited')
    path.at(1000).send()
    path.at(1100).send()
    assert.equal(space.awaitedSince, 1000)
    path.at(1200).ack([1])
    assert.deepEqual([space.awaitedSince, space.elicitingInFlight], [1200, 1])
    path.at(1300).send()
    assert.equal(space.awaitedSince, 1200)
  })

  test('does not fire again at once when no probe could be sent', () => {
    const path = measured()
    path.send()
    path.recovery.wake(5000)
    assert.equal(path.recovery.ptoCount, 1)
    assert.ok(path.recovery.wakeAt()! > 5000)
  })

  test('loses nothing: it restates the oldest data and asks for two probes (6.2.4)', () => {
    const path = measured()
    path.send(4)
    path.recovery.wake(path.recovery.wakeAt()!)
    assert.deepEqual(path.lost, [])
    assert.deepEqual(path.probed, ['1', '2'])
    assert.equal(path.recovery.probesWanted('application'), 2)
    path.recovery.probeSent('application')
    path.recovery.probeSent('application')
    path.recovery.probeSent('application')
    assert.equal(path.recovery.probesWanted('application'), 0)
    assert.equal(path.controller.window, 12_000)
  })

  test('restates no packet that held only a PING', () => {
    const path = measured()
    const packet = path.recovery.begin('application')
    packet.ackEliciting = true
    packet.inFlight = true
    path.recovery.commit('application', packet, 50, path.now)
    path.recovery.wake(path.recovery.wakeAt()!)
    assert.deepEqual(path.probed, [])
    assert.equal(path.recovery.probesWanted('application'), 2)
  })

  test('probes not yet sent are dropped when an acknowledgement comes', () => {
    const path = measured()
    path.send(1)
    path.recovery.wake(path.recovery.wakeAt()!)
    path.at(800).ack([1])
    assert.equal(path.recovery.probesWanted('application'), 0)
  })

  test('too early a wake does nothing', () => {
    const path = measured()
    path.send()
    path.recovery.wake(path.recovery.wakeAt()! - 0.001)
    assert.equal(path.recovery.ptoCount, 0)
  })
})

describe('the probe timeout during the handshake (RFC 9002 6.2.2)', () => {
  test('takes the earlier of the two spaces, and probes both', () => {
    const path = new VirtualPath()
    path.send(1, 'initial')
    path.at(10).send(1, 'handshake')
    assert.equal(path.recovery.wakeAt(), 999)
    path.recovery.wake(999)
    assert.equal(path.recovery.probesWanted('initial'), 2)
    assert.equal(path.recovery.probesWanted('handshake'), 1)
    assert.deepEqual(path.probed, ['initial 0', 'handshake 0'])
  })

  test('backs off in all spaces together', () => {
    const path = new VirtualPath()
    path.send(1, 'initial')
    path.recovery.wake(999)
    path.at(1000).send(1, 'handshake')
    path.recovery.discardSpace('application', 1000)
    assert.equal(path.recovery.ptoCount, 0)
    const other = new VirtualPath()
    other.send(1, 'initial')
    other.recovery.wake(999)
    other.at(999).send(1, 'handshake')
    assert.equal(other.recovery.wakeAt(), 999 + 2 * 999)
  })

  test('starts over when keys are discarded (6.4)', () => {
    const path = new VirtualPath()
    path.send(1, 'initial')
    path.recovery.wake(999)
    path.at(1100).send(1, 'handshake')
    path.recovery.discardSpace('initial', 1100)
    assert.equal(path.recovery.ptoCount, 0)
    assert.equal(path.recovery.probesWanted('initial'), 0)
    assert.equal(path.recovery.wakeAt(), 1100 + 999)
  })

  test('of a client goes on with nothing in flight, until the server must have validated its address', () => {
    const path = new VirtualPath({ isServer: false })
    assert.equal(path.recovery.wakeAt(), null)
    path.send(1, 'initial')
    path.at(100).ack([0], 0, 'initial')
    assert.equal(path.recovery.wakeAt(), 100 + 300)
    path.recovery.wake(400)
    assert.equal(path.recovery.probesWanted('initial'), 1)
    path.recovery.hasHandshakeKeys = true
    path.recovery.wake(path.recovery.wakeAt()!)
    assert.equal(path.recovery.probesWanted('handshake'), 1)
    path.send(1, 'handshake')
    path.at(2000).ack([0], 0, 'handshake')
    assert.equal(path.recovery.wakeAt(), null)
  })

  test('of a client keeps its backoff when Initial packets are acknowledged (6.2.1)', () => {
    const path = new VirtualPath({ isServer: false })
    path.send(1, 'initial')
    path.recovery.wake(999)
    path.at(1000).send(1, 'initial')
    path.at(1100).ack([[0, 1]], 0, 'initial')
    assert.equal(path.recovery.ptoCount, 1)
  })

  test('of a client is not held up by early data alone in flight', () => {
    const path = new VirtualPath({ isServer: false })
    path.send(1, 'initial')
    path.send(1)
    path.at(100).ack([0], 0, 'initial')
    assert.equal(path.recovery.wakeAt(), 400)
  })

  test('of a server is off while it may not send, and late at once when it may again (6.2.2.1)', () => {
    const path = new VirtualPath()
    path.send(3, 'initial')
    path.recovery.amplificationBlocked = true
    assert.equal(path.recovery.wakeAt(), null)
    path.recovery.wake(5000)
    assert.equal(path.recovery.ptoCount, 0)
    path.recovery.amplificationBlocked = false
    assert.equal(path.recovery.wakeAt(), 999)
  })
})
