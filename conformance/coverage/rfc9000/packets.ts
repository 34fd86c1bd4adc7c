// RFC 9000 sections 12 to 14: packets and frames, acknowledgements, ECN, the size of datagrams.
import { type Coverage, tested, untested } from '../../coverage.ts'

const COALESCING = 'quic/test/coalescing'
const HEADERS = 'quic/test/header-fields'
const RECEIVED = 'quic/src/core/recovery/received-packets'
const VIOLATIONS = 'quic/test/support/violations.ts'
const FRAMES = 'quic/src/core/wire/frames/frames'
const IN_LEVEL = 'in a packet of level'
const ECN = 'quic/test/ecn'
const INITIALS = 'quic/test/initial-datagrams'
const ALL_INITIALS =
  'every datagram with an Initial packet has 1200 bytes, first ones, probes and acknowledgements alike; a server may acknowledge in fewer'
const OWN_SPACE = 'each packet-number space has a tracker of its own, and states it in packets of its own alone'
const NO_ICMP = 'no ICMP message is read'

export const PACKET_RULES: Coverage = {
  '9000-12.2-1': tested(COALESCING, 'all packets of a datagram are opened'),
  '9000-12.2-2': tested(HEADERS, 'all packets of a datagram go to the same id'),
  '9000-12.2-3': tested(COALESCING, 'all packets of a datagram are opened', 'a packet that does not open spoils none behind it'),
  '9000-12.2-4': tested(COALESCING, 'a packet that does not open spoils none behind it'),
  '9000-12.3-1': tested(HEADERS, 'packet numbers of a space only rise, whatever is lost'),
  '9000-12.3-2': tested(HEADERS, 'packet numbers of a space only rise, whatever is lost'),
  '9000-12.3-3': untested(
    'construction',
    'a million packets a second take 285 years to reach 2^53, beyond which numbers are not exact here',
  ),
  '9000-12.3-4': [
    ...tested('quic/test/violations', 'a duplicate of a packet is dropped'),
    ...tested(RECEIVED, 'are all numbers below those still tracked, so that nothing is processed twice (13.2.3)'),
  ],
  '9000-12.3-5': untested(
    'construction',
    'the number is looked up when the packet has been opened; one lookup is lost in what opening takes',
  ),
  '9000-12.4-1': tested('quic/src/core/datagram-builder', 'a packet without content never was'),
  '9000-12.4-2': tested(VIOLATIONS, 'a packet without a frame'),
  '9000-12.4-3': [...tested('quic/test/handshake-violations', IN_LEVEL), ...tested(FRAMES, 'is a PROTOCOL_VIOLATION')],
  '9000-12.4-4': tested(VIOLATIONS, 'an unknown frame type'),
  '9000-12.4-5': tested(VIOLATIONS, 'a frame type in more bytes than it needs'),
  '9000-12.5-1': [
    ...tested('quic/test/handshake-violations', 'CONNECTION_CLOSE of an application in a packet of level'),
    ...tested('quic/test/closing', 'a client that closes in its handshake keeps what the application says to itself'),
  ],
  '9000-12.5-2': [...tested('quic/test/handshake-violations', IN_LEVEL), ...tested(FRAMES, 'is a PROTOCOL_VIOLATION')],

  '9000-13.1-1': tested('quic/test/closing', 'a packet that breaks a rule is not acknowledged (section 13.1)'),
  '9000-13.2.1-1': tested(RECEIVED, 'a single 1-RTT packet within max_ack_delay', 'the second ack-eliciting packet at once'),
  '9000-13.2.1-2': tested(RECEIVED, 'Initial and Handshake packets at once', 'a single 1-RTT packet within max_ack_delay'),
  '9000-13.2.1-3': tested('quic/test/attacks', 'without end: answered by acknowledgements alone, one for two packets at most'),
  '9000-13.2.1-4': tested(RECEIVED, 'packets that elicit no acknowledgement never'),
  '9000-13.2.1-5': tested('quic/test/timers', 'a connection with nothing to do wakes for nothing but the idle timeout'),
  '9000-13.2.3-1': tested(RECEIVED, 'are all numbers below those still tracked, so that nothing is processed twice (13.2.3)'),
  '9000-13.2.3-2': tested(RECEIVED, 'the number of ranges is bounded: the oldest are given up'),
  '9000-13.2.5-1': tested(RECEIVED, 'the delay since the largest packet came, in units of the exponent'),
  '9000-13.2.6-1': untested('construction', OWN_SPACE),
  '9000-13.2.6-2': untested('construction', OWN_SPACE),
  '9000-13.2.6-3': tested('quic/test/discarded-keys', 'a server never seals 0-RTT packets, and a client opens none'),
  '9000-13.3-1': tested('quic/src/core/streams/streams', 'resets and stops, until the stream has no use for them'),
  '9000-13.3-2': tested('quic/test/handshake-faults', 'every single datagram', 'any two datagrams are lost'),
  '9000-13.3-3': tested('quic/test/violations', 'limits that shrink'),
  '9000-13.3-4': tested('quic/src/core/recovery/recovery', 'is halved once for all losses of a round trip'),
  '9000-13.4.1-1': tested(
    ECN,
    'who does not want it marks nothing, and reports what it sees all the same (section 13.4.1)',
    'both ends mark with ECT(0), count what arrives, and find the path good (section 13.4.2)',
  ),
  '9000-13.4.2.1-1': tested('quic/src/core/recovery/ecn', 'prove nothing in a frame that raises no largest number: it may have come late'),
  '9000-13.4.2.2-1': tested(ECN, 'marking ends, nobody slows down for it, and data goes on (section 13.4.2)'),
  '9000-13.4.2.2-2': tested(ECN, 'begins to clear the field is noticed, however long it did well'),

  '9000-14-1': tested(INITIALS, 'a path that carries no 1200 bytes carries no connection (section 14)'),
  '9000-14-2': [
    ...tested('quic/test/datagram-size-sockets', "which cannot set the Don't Fragment bit, sends nothing larger than every path carries"),
    ...tested(
      'quic/test/mtu-discovery',
      'by a socket that cannot forbid fragments nothing larger than 1200 bytes leaves, also where a session moves to it (section 14)',
    ),
    ...tested('native/src/udp/batched', 'has its datagrams sent whole or not at all, from'),
  ],
  '9000-14-3': tested('native/src/udp/batched', 'has its datagrams sent whole or not at all, from'),
  '9000-14-4': tested('quic/test/handshake-violations', 'an Initial packet in a datagram under 1200 bytes is dropped'),
  '9000-14.1-1': tested(INITIALS, ALL_INITIALS),
  '9000-14.1-2': tested(INITIALS, ALL_INITIALS),
  '9000-14.1-3': [
    ...tested('quic/test/handshake-violations', 'an Initial packet in a datagram under 1200 bytes is dropped'),
    ...tested('quic/test/first-packets', 'what begins no connection is dropped without an answer'),
  ],
  '9000-14.1-4': tested('quic/test/amplification', 'the bound holds under random loss'),
  '9000-14.2-1': untested(
    'absent',
    'MTU discovery finds out nothing under 1200 bytes: a path that swallows those ends by the idle timeout',
  ),
  '9000-14.2.1-1': untested('absent', NO_ICMP),
  '9000-14.2.1-2': untested('absent', NO_ICMP),
  '9000-14.2.1-3': untested('absent', NO_ICMP),
}
