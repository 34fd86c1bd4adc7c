// RFC 9000 sections 10 and 11: the end of a connection, and errors.
import { type Coverage, tested, untested } from '../../coverage.ts'

const CLOSING = 'quic/test/closing'
const RESET = 'quic/test/stateless-reset'
const RESET_PACKET = 'quic/src/core/wire/stateless-reset'
const IDS = 'quic/src/core/paths/connection-ids'
const RESTARTED = 'a server that was restarted tells its clients, who end at once'
const IN_HANDSHAKE = 'a client that closes in its handshake keeps what the application says to itself'

export const ENDING_RULES: Coverage = {
  '9000-10.1-1': [
    ...tested('quic/src/core/idle', 'is three probe timeouts at least'),
    ...tested('quic/test/timers', 'the idle timeout is three probe timeouts at least'),
  ],
  '9000-10.2.1-1': tested('quic/src/core/closing', 'answers with three times what arrived at most, since anyone may have sent it'),
  '9000-10.2.1-2': tested(CLOSING, 'while closing, datagrams from another address move nobody, and get no answer there (section 10.2.1)'),
  '9000-10.2.2-1': tested(CLOSING, 'after the close of the peer nothing is said, whatever arrives'),
  '9000-10.2.2-2': tested(CLOSING, 'after the close of the peer nothing is said, whatever arrives'),
  '9000-10.2.3-1': tested(CLOSING, 'once the handshake is confirmed a close is said in a 1-RTT packet alone (section 10.2.3)'),
  '9000-10.2.3-2': [
    ...tested(CLOSING, IN_HANDSHAKE),
    ...tested(
      'quic/src/core/closing',
      'before the handshake is done, what an application says becomes APPLICATION_ERROR; what the transport says stays',
    ),
  ],
  '9000-10.2.3-3': tested(CLOSING, IN_HANDSHAKE),
  '9000-10.3-1': tested(
    'quic/test/violations',
    'a connection id given again raises what is to be retired',
    'NEW_CONNECTION_ID from a peer whose connection id is empty: PROTOCOL_VIOLATION',
  ),
  '9000-10.3-2': tested(RESET, 'a reset is smaller than what it answers, none answers the smallest, and the rate is held'),
  '9000-10.3-3': tested(
    'quic/src/core/wire/packet-header',
    'a packet too short for its sample is told apart, and the next one is still found',
    'a short header with nothing after the id is dropped',
  ),
  '9000-10.3-4': tested(RESET_PACKET, 'it looks like a short header and ends with the token (RFC 9000 section 10.3)'),
  '9000-10.3-5': tested(RESET, 'a datagram that ends with the token resets, though its first byte is 0x'),
  '9000-10.3.1-1': tested(RESET, RESTARTED),
  '9000-10.3.1-2': tested(IDS, 'the stateless reset token is that of the id in use'),
  '9000-10.3.1-3': untested('construction', 'all 16 bytes are compared without a branch, and tokens are looked up by a keyed hash of them'),
  '9000-10.3.1-4': [...tested(RESET, RESTARTED), ...tested(RESET_PACKET, 'a token with any other bit is another token')],
  '9000-10.3.2-1': tested(RESET, 'with another secret nobody believes the reset'),
  '9000-10.3.2-2': untested('construction', 'all ids of an endpoint have one length'),
  '9000-10.3.2-3': untested('construction', 'ids are random, 64 bits unless told otherwise, and none is given out while it is in use'),
  '9000-10.3.2-4': untested(
    'construction',
    'ids are random, 64 bits unless told otherwise: those of the past are not remembered, nor likely to come again',
  ),
  '9000-10.3.2-5': tested(IDS, 'each id comes with the stateless reset token that is made of it'),
  '9000-10.3.3-1': tested(RESET, 'two endpoints that know nothing of each other do not reset each other for ever'),

  '9000-11-1': untested('construction', 'an endpoint resets only what its table of connections does not know'),
  '9000-11.1-1': tested(
    'quic/test/support/violations.ts',
    'data past the end of a stream',
    'an unknown frame type',
    'ACK of a packet that was never sent',
  ),
  '9000-11.2-1': untested('construction', 'nothing resets a stream but its owner, and the STOP_SENDING of the owner at the other end'),
}
