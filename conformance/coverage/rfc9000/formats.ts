// RFC 9000 sections 17 to 21: packet formats, transport parameters, frames, security considerations.
import { type Coverage, tested, untested } from '../../coverage.ts'

const HEADER = 'quic/src/core/wire/packet-header'
const NUMBER = 'quic/src/core/wire/packet-number'
const PARAMETERS = 'quic/src/core/wire/transport-parameters'
const HANDSHAKE = 'quic/test/handshake-violations'
const RETRY = 'quic/test/retry'
const VIOLATIONS = 'quic/test/support/violations.ts'
const FORGED = 'quic/test/forged-datagrams'
const IDS = 'quic/src/core/paths/connection-ids'
const SPIN = 'quic/src/core/paths/spin-bit'

const FIXED_BIT = [
  ...tested(HEADER, 'a packet without the fixed bit is told apart, since it may be welcome (RFC 9287)'),
  ...tested('quic/test/quic-bit', 'it is set in every packet for a peer that did not say so'),
]
const LONG_ID = tested(HEADER, 'either id over 20 bytes is dropped in version 1')
const NEGOTIATION = tested(
  FORGED,
  'Version Negotiation is smaller than what it answers, whatever ids it repeats, and its rate is held (section 6.1)',
)
const LISTED = tested(
  'quic/src/core/wire/version-negotiation',
  'a list of versions is read as it was written, with ids of any length and at any place in memory',
)
const ONE_RETRY = tested(
  RETRY,
  'the token goes with every Initial packet after it, the keys are of the new id, and a second Retry is ignored',
)
const NO_RETRY = tested(RETRY, 'a Retry with a wrong tag, without a token, or that changes no id is none')
const AFTER_RETRY = tested(RETRY, 'after a Retry a client has the same ClientHello, the same id of its own, and packet numbers that go on')
const SPIN_OFF = tested(SPIN, 'one path in 16 shows nothing, and so do all if it is switched off')
const PREFERRED_ID = tested(PARAMETERS, 'a server without connection ids has no preferred address')
const FROM_CLIENT = tested(
  HANDSHAKE,
  'original_destination_connection_id from a client',
  'preferred_address from a client',
  'retry_source_connection_id from a client',
  'stateless_reset_token from a client',
)
const SENT_LIMITS = tested('quic/test/flow-control', 'nobody ever sends more than was allowed')

const PACKETS: Coverage = {
  '9000-17.1-1': tested(NUMBER, 'the first packets of a space are restored without anything to go by'),
  '9000-17.1-2': tested(
    NUMBER,
    'lengths change where twice the unacknowledged numbers need another byte',
    'what the sender truncates the receiver restores, wherever between the last acknowledged and this one it stands',
  ),
  '9000-17.2-1': FIXED_BIT,
  '9000-17.2-2': LONG_ID,
  '9000-17.2-3': LONG_ID,
  '9000-17.2-4': LONG_ID,
  '9000-17.2-5': LONG_ID,
  '9000-17.2-6': tested(HEADER, 'the headers of RFC 9001 Appendix A are written and read'),
  '9000-17.2-7': tested(HANDSHAKE, 'reserved bit 0x0'),
  '9000-17.2.1-1': tested('quic/test/version-negotiation', 'a server that speaks other versions alone ends the attempt, without a word'),
  '9000-17.2.1-2': LISTED,
  '9000-17.2.1-3': LISTED,
  '9000-17.2.1-4': LISTED,
  '9000-17.2.1-5': NEGOTIATION,
  '9000-17.2.1-6': tested('quic/test/first-packets', 'a datagram is answered by one Version Negotiation packet, or by one Retry packet'),
  '9000-17.2.2-1': [
    ...tested(HANDSHAKE, 'an Initial packet of a server that has a token is dropped'),
    ...tested(
      'quic/test/header-fields',
      'afterwards each side sends to the id that the other chose, and keeps its own; a server shows no token',
    ),
  ],
  '9000-17.2.3-1': tested('quic/test/header-fields', 'packet numbers of a space only rise, whatever is lost'),
  '9000-17.2.3-2': tested(
    'quic/test/early-data',
    '0-RTT keys go away: at the client with 1-RTT keys, at the server three probe timeouts later (section 4.9.3)',
  ),
  '9000-17.2.3-3': untested('construction', 'a client has no 0-RTT keys any more when it has keys to open 1-RTT packets'),
  '9000-17.2.4-1': tested(HANDSHAKE, 'in a packet of level'),
  '9000-17.2.5-1': tested(RETRY, 'bits of a Retry that mean nothing are ignored'),
  '9000-17.2.5.1-1': untested('construction', 'the id is a new one of the server’s, and that of the client is random'),
  '9000-17.2.5.1-2': NO_RETRY,
  '9000-17.2.5.1-3': ONE_RETRY,
  '9000-17.2.5.1-4': tested('quic/test/first-packets', 'a datagram is answered by one Version Negotiation packet, or by one Retry packet'),
  '9000-17.2.5.2-1': ONE_RETRY,
  '9000-17.2.5.2-2': ONE_RETRY,
  '9000-17.2.5.2-3': NO_RETRY,
  '9000-17.2.5.2-4': NO_RETRY,
  '9000-17.2.5.2-5': AFTER_RETRY,
  '9000-17.2.5.3-1': AFTER_RETRY,
  '9000-17.2.5.3-2': AFTER_RETRY,
  '9000-17.3.1-1': FIXED_BIT,
  '9000-17.3.1-2': tested(HEADER, 'a short header says its packet number length, spin and key phase in the first byte'),
  '9000-17.3.1-3': tested(VIOLATIONS, 'a reserved bit', 'the other reserved bit'),
  '9000-17.4-1': untested('absent', 'Millrace supports the spin bit'),
  '9000-17.4-2': SPIN_OFF,
  '9000-17.4-3': SPIN_OFF,
  '9000-17.4-4': SPIN_OFF,
}

const TRANSPORT_PARAMETERS: Coverage = {
  '9000-18.2-1': [...tested(PARAMETERS, 'only what a server alone knows is for servers alone'), ...FROM_CLIENT],
  '9000-18.2-2': tested('quic/test/migration', 'a server that forbids migration is obeyed (section 18.2)'),
  '9000-18.2-3': PREFERRED_ID,
  '9000-18.2-4': PREFERRED_ID,
  '9000-18.2-5': PREFERRED_ID,
  '9000-18.2-6': tested(PARAMETERS, "is the caller's mistake"),
  '9000-18.2-7': tested(HANDSHAKE, 'active_connection_id_limit of 1'),
  '9000-18.2-8': tested(PARAMETERS, 'only what a server alone knows is for servers alone'),
  '9000-18.2-9': FROM_CLIENT,
}

const FRAMES: Coverage = {
  '9000-19.3-1': [
    ...tested('quic/src/core/wire/ack', 'ECN counts change the type and come last'),
    ...tested(
      'quic/src/core/recovery/recovery',
      'heeds congestion marks only once the path was found to carry them, and each report once (7.1, B.7)',
    ),
  ],
  '9000-19.3.1-1': tested(VIOLATIONS, 'ACK with a range below zero', 'ACK with a gap below zero'),
  '9000-19.4-1': tested(VIOLATIONS, 'RESET_STREAM on a stream that only the victim sends on'),
  '9000-19.5-1': tested(VIOLATIONS, 'STOP_SENDING on a stream that the victim has not opened'),
  '9000-19.5-2': tested(VIOLATIONS, 'STOP_SENDING on a stream that only the sender of it sends on'),
  '9000-19.6-1': tested(VIOLATIONS, 'CRYPTO near 2^62'),
  '9000-19.7-1': untested('construction', 'a token of ours has a nonce and a tag, and is never empty'),
  '9000-19.7-2': tested(VIOLATIONS, 'NEW_TOKEN with an empty token'),
  '9000-19.7-3': untested('construction', 'only servers are given the means to make tokens'),
  '9000-19.7-4': tested(VIOLATIONS, 'NEW_TOKEN from a client'),
  '9000-19.8-1': tested(
    VIOLATIONS,
    'STREAM on a stream that only the victim sends on',
    'STREAM on a stream that the victim has not opened',
  ),
  '9000-19.8-2': tested(VIOLATIONS, 'an offset near 2^62', 'data that ends past 2^62 - 1'),
  '9000-19.9-1': SENT_LIMITS,
  '9000-19.9-2': tested(VIOLATIONS, 'one byte more than the connection allows', 'RESET_STREAM with a final size over the connection limit'),
  '9000-19.10-1': tested(VIOLATIONS, 'MAX_STREAM_DATA on a stream that the victim has not opened'),
  '9000-19.10-2': tested(VIOLATIONS, 'MAX_STREAM_DATA on a stream that only the sender of it sends on'),
  '9000-19.10-3': SENT_LIMITS,
  '9000-19.10-4': tested(
    VIOLATIONS,
    'one byte more than the stream allows (bidirectional)',
    'RESET_STREAM with a final size over the stream limit',
  ),
  '9000-19.11-1': tested(VIOLATIONS, 'MAX_STREAMS (bidirectional) above 2^60', 'MAX_STREAMS (unidirectional) above 2^60'),
  '9000-19.11-2': tested('quic/src/core/streams/stream-limits', 'limits only grow'),
  '9000-19.11-3': tested('quic/test/session', 'more streams than the limit allows are opened in turn'),
  '9000-19.11-4': tested(
    VIOLATIONS,
    'STREAM on the first bidirectional stream too many',
    'STREAM on the first unidirectional stream too many',
  ),
  '9000-19.13-1': tested(VIOLATIONS, 'STREAM_DATA_BLOCKED on a stream that only the victim sends on'),
  '9000-19.14-1': tested(VIOLATIONS, 'STREAMS_BLOCKED above 2^60'),
  '9000-19.15-1': tested(VIOLATIONS, 'an empty connection id', 'a connection id of 21 bytes'),
  '9000-19.15-2': tested('quic/test/connection-ids', 'a client whose ids have'),
  '9000-19.15-3': tested('quic/test/violations', 'NEW_CONNECTION_ID from a peer whose connection id is empty: PROTOCOL_VIOLATION'),
  '9000-19.15-4': tested('quic/test/violations', 'the same connection id twice'),
  '9000-19.15-5': tested(
    'quic/test/migration',
    'all connection ids are replaced while data goes on, and the old ones retired (section 5.1.2)',
  ),
  '9000-19.15-6': tested(VIOLATIONS, 'a connection id that retires itself'),
  '9000-19.15-7': tested(IDS, 'repetitions are harmless; contradictions are not'),
  '9000-19.15-8': [
    ...tested(IDS, 'an id that was retired before it came is given back'),
    ...tested('quic/test/violations', 'a retired connection id that comes late is given back'),
  ],
  '9000-19.16-1': tested(VIOLATIONS, 'RETIRE_CONNECTION_ID of one never issued'),
  '9000-19.16-2': tested(VIOLATIONS, 'RETIRE_CONNECTION_ID of the one it was sent to'),
  '9000-19.16-3': tested('quic/test/connection-ids', 'one whose ids have no length has none to retire (section 19.16)'),
  '9000-19.17-1': tested('quic/src/core/paths/path-responses', 'each challenge is answered once, with its own bytes'),
  '9000-19.20-1': tested('quic/test/transfer', 'a handshake takes one round trip, and its confirmation another'),
  '9000-19.20-2': tested(VIOLATIONS, 'HANDSHAKE_DONE from a client'),
  '9000-19.21-1': [
    ...tested('quic/test/ack-frequency', 'a peer that did not offer it is not asked (section 3)'),
    ...tested('quic/test/datagrams', "the peer's limit counts type and length (RFC 9221 section 3)"),
  ],
  '9000-19.21-2': tested(
    'quic/test/datagrams',
    'they share the congestion window with streams (RFC 9221 section 5.4)',
    'they arrive whole and in order, many to a packet, and are acknowledged (RFC 9221 section 5)',
  ),
}

const SECURITY: Coverage = {
  '9000-21.5-1': untested('authors', 'of extensions that let servers migrate'),
  '9000-21.5.3-1': tested(
    'quic/test/path-probes',
    'until a preferred address has answered nothing but challenges goes there (section 21.5.3)',
  ),
  '9000-21.11-1': untested('application', 'how datagrams reach the processes that share a secret is theirs who deploy them'),
  '9000-21.11-2': untested(
    'application',
    'whether connections of others may have the same secret is known to who gives it as `resetTokenSecret`',
  ),
  '9000-21.12-1': untested('authors', 'of later versions'),
}

export const FORMAT_RULES: Coverage = { ...PACKETS, ...TRANSPORT_PARAMETERS, ...FRAMES, ...SECURITY }
