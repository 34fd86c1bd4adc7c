// RFC 9000 sections 5 to 7: connections, versions, the handshake.
import { type Coverage, tested, untested } from '../../coverage.ts'

const IDS = 'quic/src/core/paths/connection-ids'
const HEADERS = 'quic/test/header-fields'
const FIRST_PACKETS = 'quic/test/first-packets'
const HANDSHAKE = 'quic/test/handshake-violations'
const PARAMETERS = 'quic/src/core/wire/transport-parameters'
const VERSIONS = 'quic/test/version-negotiation'
const EARLY_DATA = 'quic/test/early-data'
const MIGRATION = 'quic/test/migration'
const REPLACED = 'all connection ids are replaced while data goes on, and the old ones retired (section 5.1.2)'
const OTHER_SOURCE = 'drops handshake packets from another source connection id than the first'
const BY_ANY_LIMIT = 'a server that promised more than it grants now refuses early data, whichever limit it is (RFC 9000 section 7.4.1)'

export const CONNECTION_RULES: Coverage = {
  '9000-5.1-1': untested('construction', 'ids are random bits, unless their owner makes them'),
  '9000-5.1-2': tested(MIGRATION, REPLACED),
  '9000-5.1-3': tested('quic/test/connection-id-options', 'without ids an endpoint has room for one session (section 5.2)'),
  '9000-5.1.1-1': tested(IDS, 'a peer that takes'),
  '9000-5.1.1-2': tested(
    MIGRATION,
    REPLACED,
    'a client moves to another socket in the middle of an upload, under another connection id (sections 9.2, 9.5)',
  ),
  '9000-5.1.1-3': tested(IDS, 'a peer that takes'),
  '9000-5.1.1-4': [
    ...tested('quic/test/support/violations.ts', 'more connection ids than were asked for'),
    ...tested(IDS, 'as many as were asked for, after retirement, and not one more'),
  ],
  '9000-5.1.2-1': [
    ...tested(MIGRATION, REPLACED),
    ...tested(
      'quic/test/attacks',
      'the connection id in use is retired where no spare is left: it is given back once, and the new one is used (CVE-2025-7054)',
    ),
  ],
  '9000-5.1.2-2': tested(
    IDS,
    'a retirement that is lost is said again, one that is delivered is not',
    'retirements that nobody acknowledges are bounded',
  ),
  '9000-5.2-1': [
    ...tested('quic/test/coalesced-leak', 'packets with other ids behind a valid one leave nothing behind (CVE-2025-54939)'),
    ...tested('quic/test/support/violations.ts', 'the first violation of two'),
  ],
  '9000-5.2.1-1': tested(HEADERS, ', which it did not choose'),
  '9000-5.2.2-1': tested(FIRST_PACKETS, 'what begins no connection is dropped without an answer'),
  '9000-5.2.2-2': tested(FIRST_PACKETS, 'what begins no connection is dropped without an answer'),
  '9000-5.2.3-1': untested('application', 'how datagrams reach the processes that share a secret is theirs who deploy them'),

  '9000-6.1-1': tested(FIRST_PACKETS, 'what begins no connection is dropped without an answer'),
  '9000-6.2-1': tested(VERSIONS, 'a server that speaks other versions alone ends the attempt, without a word'),
  '9000-6.2-2': tested(VERSIONS, 'Version Negotiation is ignored once the server has answered'),
  '9000-6.2-3': tested(VERSIONS, 'lists the version that we used'),

  '9000-7-1': [
    ...tested(
      'native/test/handshake',
      "gives both sides keys that fit, the protocol, and the other side's transport parameters",
      'a client refuses a server',
    ),
    ...tested('native/test/early-data', 'early data is accepted with a ticket that permits it, and what the ticket remembers comes back'),
  ],
  '9000-7-2': tested('quic/test/session', 'a server without a common protocol refuses'),
  '9000-7.2-1': tested(FIRST_PACKETS, "a client's first packet goes to an id of 8 bytes at least, which is another for each connection"),
  '9000-7.2-2': tested(HEADERS, 'until a server answers, all packets of a client go to the id that it made up'),
  '9000-7.2-3': tested(HANDSHAKE, OTHER_SOURCE),
  '9000-7.2-4': [
    ...tested(HANDSHAKE, OTHER_SOURCE),
    ...tested(
      'quic/test/retry',
      'the token goes with every Initial packet after it, the keys are of the new id, and a second Retry is ignored',
    ),
  ],
  '9000-7.2-5': tested(HEADERS, 'afterwards each side sends to the id that the other chose, and keeps its own; a server shows no token'),
  '9000-7.2-6': tested(HANDSHAKE, OTHER_SOURCE),
  '9000-7.3-1': tested(HANDSHAKE, 'another initial_source_connection_id', 'another original_destination_connection_id'),
  '9000-7.3-2': tested(HANDSHAKE, 'another initial_source_connection_id', 'another original_destination_connection_id'),
  '9000-7.3-3': tested(HANDSHAKE, 'no initial_source_connection_id', 'no original_destination_connection_id'),
  '9000-7.3-4': [
    ...tested(
      'quic/test/retry',
      'a server that tells nothing of its Retry is refused with TRANSPORT_PARAMETER_ERROR (section 7.3)',
      'a server that names another Retry source is refused with TRANSPORT_PARAMETER_ERROR (section 7.3)',
    ),
    ...tested(HANDSHAKE, 'retry_source_connection_id without a Retry', 'another initial_source_connection_id'),
  ],
  '9000-7.4-1': [
    ...tested(HANDSHAKE, 'transport parameters of a', 'ack_delay_exponent of 21', 'max_udp_payload_size of 1199'),
    ...tested(PARAMETERS, 'whatever the bytes, only a TRANSPORT_PARAMETER_ERROR is thrown'),
  ],
  '9000-7.4-2': [...tested(PARAMETERS, 'every parameter comes back as a server sent it'), ...tested(HANDSHAKE, 'a parameter twice')],
  '9000-7.4.1-1': untested('authors', 'of new transport parameters'),
  '9000-7.4.1-2': tested(PARAMETERS, 'what RFC 9000 section 7.4.1 and RFC 9287 section 3.1 forbid to remember is not remembered'),
  '9000-7.4.1-3': tested(
    EARLY_DATA,
    'a server that refuses may allow less: streams beyond its limit wait, and none breaks a limit (RFC 9000 section 7.4.1)',
  ),
  '9000-7.4.1-4': tested(EARLY_DATA, 'a ticket is read back as it was written, and nothing else is one'),
  '9000-7.4.1-5': tested('quic/src/core/session-ticket', BY_ANY_LIMIT),
  '9000-7.4.1-6': tested('quic/src/core/session-ticket', BY_ANY_LIMIT),
  '9000-7.4.1-7': tested('quic/src/core/session-ticket', BY_ANY_LIMIT),
  '9000-7.4.1-8': tested(
    EARLY_DATA,
    'a server that refuses may allow less: streams beyond its limit wait, and none breaks a limit (RFC 9000 section 7.4.1)',
  ),
  '9000-7.4.2-1': tested(HANDSHAKE, 'transport parameters that nobody knows are passed over'),
  '9000-7.5-1': tested('quic/src/core/crypto/crypto-stream', 'what is held out of order is bounded, from where reading stands'),
  '9000-7.5-2': [
    ...tested(HANDSHAKE, 'CRYPTO bytes without end at level'),
    ...tested('quic/test/support/violations.ts', 'CRYPTO far ahead of what was read'),
  ],
  '9000-7.5-3': untested('absent', 'no CRYPTO frame is discarded after the handshake: one that does not fit ends the connection'),
}
