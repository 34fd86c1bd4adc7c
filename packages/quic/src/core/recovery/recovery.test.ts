import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NewReno } from '../congestion/new-reno.ts'
import { TransportViolation } from '../errors.ts'
import { ackRanges, DATAGRAM, VirtualPath } from './testing/virtual-path.ts'

describe('bytes in flight (RFC 9002 B.2)', () => {
  test('rise when packets leave and fall when they are acknowledged or lost', () => {
    const path = new VirtualPath()
    path.send(5)
    assert.equal(path.recovery.bytesInFlight, 5 * DATAGRAM)
    assert.equal(path.recovery.congestionRoom(), 12_000 - 5 * DATAGRAM)
    path.at(50).ack([4])
    assert.deepEqual(path.delivered, ['4'])
    assert.deepEqual(path.lost, ['0', '1'])
    assert.equal(path.recovery.bytesInFlight, 2 * DATAGRAM)
  })

  test('do not count packets that hold only an ACK frame', () => {
    const path = new VirtualPath()
    path.sendAckOnly()
    assert.equal(path.recovery.bytesInFlight, 0)
    assert.equal(path.recovery.wakeAt(), null)
  })

  test('leave room for one packet more when a loss shrinks the window (7.3.2)', () => {
    const path = new VirtualPath()
    path.send(10)
    path.at(50).ack([3])
    assert.ok(path.recovery.bytesInFlight > path.controller.window)
    assert.equal(path.recovery.congestionRoom(), DATAGRAM)
    path.send()
    assert.equal(path.recovery.congestionRoom(), 0)
  })
})

describe('acknowledgements', () => {
  test('are taken once: an ACK frame that repeats old ranges changes nothing', () => {
    const path = new VirtualPath()
    path.send(3)
    path.at(50).ack([[0, 2]])
    path.at(60).ack([[0, 2]])
    assert.deepEqual(path.delivered, ['0', '1', '2'])
    assert.equal(path.recovery.rtt.latest, 50)
    assert.equal(path.recovery.largestAcknowledged('application'), 2)
  })

  test('of packets never sent end the connection (RFC 9000 13.1)', () => {
    const path = new VirtualPath()
    path.send(3)
    assert.throws(
      () => path.ack([3]),
      (error) => error instanceof TransportViolation && error.code === 0x0a && error.frameType === 0x02,
    )
    assert.throws(() => path.ack([0], 0, 'handshake'), TransportViolation)
  })

  test('of a number left out on purpose end it too (RFC 9000 21.4)', () => {
    const path = new VirtualPath()
    path.send()
    path.recovery.skipNumber('application')
    path.send()
    assert.throws(() => path.ack([[0, 2]]), TransportViolation)
    const honest = new VirtualPath()
    honest.send()
    honest.recovery.skipNumber('application')
    honest.send()
    honest.ack([2, 0])
    assert.deepEqual(honest.delivered, ['2', '0'])
  })

  test('of a number left out end it also when all before it is settled', () => {
    const path = new VirtualPath()
    path.send()
    path.recovery.skipNumber('application')
    path.send()
    path.ack([0])
    assert.throws(() => path.ack([[1, 2]]), TransportViolation)
  })

  test('tell which ACK frames of ours have arrived', () => {
    const seen: number[] = []
    const path = new VirtualPath()
    path.packetDelivered = (_space, packet) => seen.push(packet.largestAcknowledged)
    const packet = path.recovery.begin('application')
    packet.largestAcknowledged = 17
    packet.addFrame({ type: 'ping' })
    path.recovery.commit('application', packet, 50, 0)
    path.ack([0])
    assert.deepEqual(seen, [17])
  })

  test('of a space whose keys are gone are ignored', () => {
    const path = new VirtualPath()
    path.send(1, 'initial')
    path.recovery.discardSpace('initial', 0)
    path.ack([0], 0, 'initial')
    assert.deepEqual(path.delivered, [])
  })
})

describe('round-trip samples (RFC 9002 5.1)', () => {
  test('need the largest packet to be newly acknowledged', () => {
    const path = new VirtualPath()
    path.send(3)
    path.at(40).ack([2])
    path.at(44).ack([2, 1])
    assert.equal(path.recovery.rtt.latest, 40)
  })

  test('need a packet that the peer had to acknowledge', () => {
    const path = new VirtualPath()
    path.sendAckOnly()
    path.at(40).ack([0])
    assert.equal(path.recovery.rtt.firstSampleAt, null)
  })

  test('believe delays up to max_ack_delay once the handshake is confirmed, before that any, of Initial packets none (5.3)', () => {
    const smoothed = (space: 'initial' | 'application', confirmed: boolean): number => {
      const path = new VirtualPath()
      if (confirmed) path.recovery.handshakeConfirmed()
      path.send(1, space)
      path.at(80).ack([0], 0, space)
      path.send(1, space)
      path.at(200).ack([1], 40, space)
      return path.recovery.rtt.smoothed
    }
    assert.equal(smoothed('application', false), 80)
    assert.equal(smoothed('application', true), 80 + 15 / 8)
    assert.equal(smoothed('initial', false), 85)
  })
})

describe('loss (RFC 9002 6.1)', () => {
  test('by packets: three later ones prove it, two do not (6.1.1)', () => {
    const path = new VirtualPath()
    path.send(4)
    path.at(50).ack([[1, 2]])
    assert.deepEqual(path.lost, [])
    path.ack([[1, 3]])
    assert.deepEqual(path.lost, ['0'])
  })

  test('by packets, with a threshold of one’s own, which is never under three', () => {
    const patient = new VirtualPath({ packetThreshold: 5 })
    patient.send(6)
    patient.at(50).ack([[1, 4]])
    assert.deepEqual(patient.lost, [])
    patient.ack([[1, 5]])
    assert.deepEqual(patient.lost, ['0'])
    const hasty = new VirtualPath({ packetThreshold: 1 })
    hasty.send(3)
    hasty.at(50).ack([[1, 2]])
    assert.deepEqual(hasty.lost, [])
  })

  test('by time: 9/8 of a round trip after it left, at the moment that wakeAt names (6.1.2)', () => {
    const path = new VirtualPath()
    path.send(2)
    path.at(80).ack([1])
    assert.equal(path.recovery.wakeAt(), 90)
    path.recovery.wake(89.9)
    assert.deepEqual(path.lost, [])
    path.recovery.wake(90)
    assert.deepEqual(path.lost, ['0'])
    assert.equal(path.recovery.wakeAt(), null)
  })

  test('by time, at once when the acknowledgement comes late', () => {
    const path = new VirtualPath()
    path.send()
    path.at(100).send()
    path.at(180).ack([1])
    assert.deepEqual(path.lost, ['0'])
  })

  test('by time, whatever the rounding of fractions', () => {
    for (let i = 1; i < 500; i++) {
      const path = new VirtualPath({}, 1e6 * (i / 7))
      const start = path.now
      path.send(2)
      path.at(start + i / 3).ack([1])
      path.recovery.wake(path.recovery.wakeAt()!)
      assert.deepEqual(path.lost, ['0'])
    }
  })

  test('not of packets later than all that was acknowledged', () => {
    const path = new VirtualPath()
    path.send(10)
    path.at(50).ack([0])
    path.at(5000)
    path.recovery.wake(5000)
    assert.deepEqual(path.lost, [])
  })

  test('works before the first sample, with the round trip that is assumed', () => {
    const path = new VirtualPath()
    path.send()
    path.sendAckOnly()
    path.at(10).ack([1])
    assert.equal(path.recovery.rtt.firstSampleAt, null)
    assert.equal(path.recovery.wakeAt(), (333 * 9) / 8)
    path.recovery.wake((333 * 9) / 8)
    assert.deepEqual(path.lost, ['0'])
  })

  test('of a packet that held only an ACK frame is no event', () => {
    const path = new VirtualPath()
    path.sendAckOnly()
    path.send(8)
    path.at(50).ack([[1, 8]])
    assert.deepEqual(path.lost, [])
    assert.equal(path.controller.window, 12_000 + 8 * DATAGRAM)
    assert.equal(path.recovery.wakeAt(), null)
  })

  test('is reported in order and counted', () => {
    const path = new VirtualPath()
    path.send(9)
    path.at(50).ack([8, 4])
    assert.deepEqual(path.lost, ['0', '1', '2', '3', '5'])
    assert.equal(path.recovery.stats.packetsLost, 5)
    assert.equal(path.recovery.stats.bytesLost, 5 * DATAGRAM)
  })
})

describe('the window (RFC 9002 7)', () => {
  test('is halved once for all losses of a round trip', () => {
    const path = new VirtualPath()
    path.send(10)
    path.at(50).ack([4])
    assert.equal(path.controller.window, 6000)
    path.at(52).ack([9])
    assert.equal(path.recovery.stats.packetsLost, 6)
    assert.equal(path.controller.window, 6000)
  })

  test('does not grow while the application sends less than it allows (7.8)', () => {
    const path = new VirtualPath()
    for (let number = 0; number < 20; number++) {
      path.send()
      path.recovery.applicationLimited(path.now)
      path.at(path.now + 50).ack([number])
    }
    assert.equal(path.controller.window, 12_000)
  })

  test('grows when it was full, though the sender had no more', () => {
    const path = new VirtualPath()
    path.send(10)
    path.recovery.applicationLimited(0)
    path.at(50).ack([[0, 9]])
    assert.equal(path.controller.window, 24_000)
  })

  test('grows again as soon as sending is no longer limited', () => {
    const path = new VirtualPath()
    path.send()
    path.recovery.applicationLimited(0)
    path.at(10).send(9)
    path.at(50).ack([[0, 9]])
    assert.equal(path.controller.window, 24_000)
  })

  test('does not grow beyond twice what is ever in flight, however much there is to send (7.8)', () => {
    const path = new VirtualPath()
    let number = 0
    const round = (packets: number) => {
      path.send(packets)
      path.at(path.now + 50).ack([[number, number + packets - 1]])
      number += packets
    }
    round(10)
    assert.equal(path.controller.window, 24_000)
    // Credit of the peer's for ten packets at a time: the next follow as soon as it comes.
    for (let i = 0; i < 20; i++) round(10)
    assert.equal(path.controller.window, 36_000)
    round(15)
    assert.equal(path.controller.window, 54_000)
  })

  test('heeds congestion marks only once the path was found to carry them, and each report once (7.1, B.7)', () => {
    const path = new VirtualPath()
    path.mark().send(10)
    const counts = (number: number, ect0: number, ce: number) => Object.assign(ackRanges([number]), { hasEcn: true, ect0, ce })
    path.recovery.acknowledge('application', counts(0, 0, 1), 0, 50)
    assert.ok(path.controller.window >= 12_000, 'so far all that came was marked, by whomever')
    path.recovery.acknowledge('application', counts(1, 1, 2), 0, 51)
    const halved = path.controller.window
    assert.ok(halved < 12_000)
    path.at(60).send()
    path.recovery.acknowledge('application', counts(10, 2, 2), 0, 110)
    assert.ok(path.controller.window >= halved)
  })

  test('a controller that has no answer to marks has no packets marked (RFC 3168 section 5)', () => {
    const path = new VirtualPath({ controller: Object.assign(new NewReno(DATAGRAM), { ignoresMarks: true }) })
    assert.equal(path.recovery.ecnCodepoint(0), 0)
    assert.equal(new VirtualPath().recovery.ecnCodepoint(0), 2)
  })

  test('datagrams of another size change what a packet of room is', () => {
    const path = new VirtualPath()
    path.recovery.datagramSizeChanged(1400)
    assert.equal(path.controller.window, 14_000)
  })
})

describe('discarding (RFC 9002 6.3, 6.4)', () => {
  test('the packets of a space leave the flight without a word', () => {
    const path = new VirtualPath()
    path.send(2, 'initial')
    path.send(1, 'handshake')
    path.recovery.discardSpace('initial', 0)
    assert.equal(path.recovery.bytesInFlight, DATAGRAM)
    assert.deepEqual([...path.lost, ...path.delivered], [])
  })

  test('a Retry packet has everything said again, and the window as new', () => {
    const path = new VirtualPath({ isServer: false })
    path.send(2, 'initial')
    path.recovery.retryReceived(30)
    assert.deepEqual(path.lost, ['initial 0', 'initial 1'])
    assert.equal(path.recovery.bytesInFlight, 0)
    assert.equal(path.controller.window, 12_000)
    assert.equal(path.recovery.begin('initial').number, 2)
  })
})
