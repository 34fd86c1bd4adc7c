// RFC 9002, loss detection and congestion control.
import { type Coverage, tested } from '../coverage.ts'

const RTT = 'quic/src/core/recovery/rtt'
const RECOVERY = 'quic/src/core/recovery/recovery'
const PROBE = 'quic/src/core/recovery/probe-timeout'
const NEW_RENO = 'quic/src/core/congestion/new-reno'

export const RFC_9002: Coverage = {
  '9002-5.1-1': tested(RECOVERY, 'need a packet that the peer had to acknowledge'),
  '9002-5.2-1': [
    ...tested(RTT, 'the first sample replaces the guess, whatever delay the peer reports (RFC 9002 5.3)'),
    ...tested(RTT, 'the minimum ignores reported delays, and starts over after persistent congestion (RFC 9002 5.2)'),
  ],
  '9002-5.3-1': [
    ...tested(RTT, 'the reported delay is subtracted up to the limit (RFC 9002 5.3)'),
    ...tested(
      RECOVERY,
      'believe delays up to max_ack_delay once the handshake is confirmed, before that any, of Initial packets none (5.3)',
    ),
  ],
  '9002-5.3-2': tested(RTT, 'a delay that would bring the sample under the minimum is not believed (RFC 9002 5.3)'),
  '9002-6.1.2-1': tested(RTT, 'waits are never shorter than a timer can measure (RFC 9002 6.1.2, 6.2.1)'),
  '9002-6.2-1': tested(PROBE, 'loses nothing: it restates the oldest data and asks for two probes (6.2.4)'),
  '9002-6.2.1-1': tested(RTT, 'waits are never shorter than a timer can measure (RFC 9002 6.1.2, 6.2.1)'),
  '9002-6.2.1-2': tested(PROBE, 'takes the earlier of the two spaces, and probes both'),
  '9002-6.2.1-3': tested(PROBE, 'is not armed for 1-RTT packets until the handshake is confirmed'),
  '9002-6.2.1-4': tested(PROBE, 'doubles each time in a row, up to a minute, and shrinks back with an acknowledgement'),
  '9002-6.2.1-5': tested(PROBE, 'gives way to a packet that waits to be lost by time'),
  '9002-6.2.2-1': tested(PROBE, 'starts over when keys are discarded (6.4)'),
  '9002-6.2.2.1-1': tested(PROBE, 'of a server is off while it may not send, and late at once when it may again (6.2.2.1)'),
  '9002-6.2.2.1-2': tested(PROBE, 'of a client goes on with nothing in flight, until the server must have validated its address'),
  '9002-6.2.2.1-3': [
    ...tested(PROBE, 'of a client goes on with nothing in flight, until the server must have validated its address'),
    ...tested('quic/test/amplification', 'a server without a word left hears the client and goes on'),
  ],
  '9002-6.2.4-1': tested(PROBE, 'loses nothing: it restates the oldest data and asks for two probes (6.2.4)'),
  '9002-6.2.4-2': [
    ...tested(PROBE, 'restates no packet that held only a PING'),
    ...tested('quic/test/datagrams', 'a probe timeout asks for an acknowledgement, not for the datagram again (RFC 9221 section 5.2)'),
  ],
  '9002-6.4-1': tested(RECOVERY, 'the packets of a space leave the flight without a word'),
  '9002-7-1': [
    ...tested('quic/src/core/congestion/controllers', 'complies: the window'),
    ...tested('quic/test/congestion', 'two flows of one controller share the path within 60:40'),
  ],
  '9002-7-2': [
    ...tested(
      'quic/test/congestion-window',
      'no more is in flight than the window allows, but for probes and the first packet after a loss',
    ),
    ...tested(RECOVERY, 'leave room for one packet more when a loss shrinks the window (7.3.2)'),
  ],
  '9002-7.3.1-1': [
    ...tested(NEW_RENO, 'a loss halves the window and ends slow start', 'a congestion mark counts as a loss'),
    ...tested('quic/test/ecn', 'marks slow the sender once a round trip, and nothing is lost (RFC 9002 section 7.1)'),
  ],
  '9002-7.3.2-1': tested(NEW_RENO, 'a loss halves the window and ends slow start'),
  '9002-7.3.2-2': tested(NEW_RENO, 'a loss halves the window and ends slow start'),
  '9002-7.3.3-1': tested(NEW_RENO, 'in congestion avoidance a whole window acknowledged adds one datagram'),
  '9002-7.4-1': tested(
    RECOVERY,
    'by packets: three later ones prove it, two do not (6.1.1)',
    'is halved once for all losses of a round trip',
  ),
  '9002-7.5-1': tested(
    'quic/test/congestion-window',
    'no more is in flight than the window allows, but for probes and the first packet after a loss',
  ),
  '9002-7.5-2': tested('quic/test/congestion-window', 'a probe counts as in flight, and is sent though the window is full'),
  '9002-7.6.2-1': tested('quic/src/core/recovery/persistent-congestion', 'does not count packets that elicit no acknowledgement'),
  '9002-7.6.2-2': tested(
    'quic/src/core/recovery/persistent-congestion',
    'is declared when all was lost over three probe timeouts: the window collapses, the least round trip starts over',
  ),
  '9002-7.7-1': tested(
    'quic/src/core/recovery/pacer',
    'over time the rate is kept',
    'after a pause the initial window leaves at once, and no more (RFC 9002 7.7)',
  ),
}
