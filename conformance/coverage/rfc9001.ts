// RFC 9001, using TLS to secure QUIC.
import { type Coverage, tested, untested } from '../coverage.ts'

const AUTHORS_OF_SUITES = 'of cipher suites and header protection'

const TLS: Coverage = {
  '9001-4-1': [
    ...tested('quic/test/handshake-faults', 'every single datagram', 'the first flight of either side is lost again and again'),
    ...tested('quic/test/amplification', 'data that a server sends early does not keep the rest of its lost ServerHello from going out'),
  ],
  '9001-4.1.2-1': tested('quic/test/transfer', 'a handshake takes one round trip, and its confirmation another'),
  '9001-4.1.3-1': [
    ...tested('quic/src/core/crypto/crypto-stream', 'once TLS has moved on, only repetitions may arrive'),
    ...tested('quic/test/handshake-violations', 'CRYPTO bytes again at a level that the handshake has left are no news'),
  ],
  '9001-4.1.3-2': tested('quic/test/handshake-violations', 'new CRYPTO bytes at a level that the handshake has left: PROTOCOL_VIOLATION'),
  '9001-4.1.3-3': tested('quic/test/tls-messages', 'CRYPTO bytes that wait behind a gap when the next level begins: PROTOCOL_VIOLATION'),
  '9001-4.2-1': tested('quic/test/tls-messages', 'a ClientHello offers TLS 1.3 and nothing older, and no session id of compatibility mode'),
  '9001-4.2-2': tested('quic/test/tls-messages', 'a ServerHello of TLS 1.2 ends the connection'),
  '9001-4.4-1': [
    ...tested('native/test/handshake', 'a client refuses a server'),
    ...tested('quic/test/session', 'a certificate of an unknown authority is refused, by name of the option that would help'),
  ],
  '9001-4.4-2': untested('openssl', 'it asks for a certificate after the handshake only if told to, and Millrace never tells it'),
  '9001-4.4-3': tested('quic/test/tls-messages', 'a CertificateRequest after the handshake: PROTOCOL_VIOLATION'),
  '9001-4.6.1-1': tested(
    'native/test/early-data',
    'early data is accepted with a ticket that permits it, and what the ticket remembers comes back',
  ),
  '9001-4.6.1-2': tested('quic/test/tls-messages', 'a NewSessionTicket that allows another amount of early data: PROTOCOL_VIOLATION'),
  '9001-4.6.2-1': tested(
    'quic/test/early-data',
    'refused 0-RTT data is sent again by itself in 1-RTT, on the same streams (section 4.6.2)',
  ),
  '9001-4.6.2-2': tested(
    'quic/test/early-data',
    'refused 0-RTT data is sent again by itself in 1-RTT, on the same streams (section 4.6.2)',
  ),
  '9001-4.8-1': [
    ...tested('native/test/handshake', 'garbage in place of a ClientHello raises an alert, and what follows is ignored'),
    ...tested('quic/test/handshake-violations', 'garbage in place of a Finished: CRYPTO_ERROR'),
  ],
  '9001-4.9-1': tested('quic/test/handshake-faults', 'every single datagram', 'any two datagrams are lost'),
  '9001-4.9-2': tested(
    'quic/test/early-data',
    '0-RTT keys go away: at the client with 1-RTT keys, at the server three probe timeouts later (section 4.9.3)',
  ),
  '9001-4.9.1-1': tested(
    'quic/test/discarded-keys',
    'a client has no Initial keys once it has sent a Handshake packet, a server once it has received one',
  ),
  '9001-4.9.1-2': tested(
    'quic/test/discarded-keys',
    'a client has no Initial keys once it has sent a Handshake packet, a server once it has received one',
  ),
  '9001-4.9.2-1': tested('quic/test/discarded-keys', 'Handshake keys are gone when the handshake is confirmed'),
  '9001-4.9.3-1': tested(
    'quic/test/early-data',
    '0-RTT keys go away: at the client with 1-RTT keys, at the server three probe timeouts later (section 4.9.3)',
  ),
}

const PROTECTION: Coverage = {
  '9001-5.1-1': untested('authors', 'of other versions of TLS'),
  '9001-5.2-1': tested('native/test/protection', 'A.1: derives key, IV and header-protection key of both sides'),
  '9001-5.3-1': tested('native/test/handshake', 'takes AES-128-GCM although the client prefers another'),
  '9001-5.3-2': tested('native/test/handshake', 'takes AES-128-GCM although the client prefers another'),
  '9001-5.3-3': tested('quic/test/key-update', 'keys are updated by themselves after keyUpdateInterval packets (section 6.6)'),
  '9001-5.4.1-1': untested('authors', AUTHORS_OF_SUITES),
  '9001-5.4.2-1': tested(
    'quic/src/core/wire/packet-header',
    'a packet too short for its sample is told apart, and the next one is still found',
  ),
  '9001-5.5-1': tested(
    'native/test/protection',
    'one changed bit anywhere, or another packet number, does not open, and is counted; the opener goes on',
  ),
  '9001-5.5-2': tested(
    'quic/test/key-update',
    'flips faster than a probe timeout change nothing: their packets are dropped, and the connection goes on (section 6.5)',
  ),
  '9001-5.6-1': tested(
    'quic/test/early-data',
    'data of the first flight arrives before the handshake is done, marked as early (RFC 9001 section 4.6)',
  ),
  '9001-5.6-2': untested('authors', 'of application protocols'),
  '9001-5.6-3': tested('quic/test/discarded-keys', 'a server never seals 0-RTT packets, and a client opens none'),
  '9001-5.6-4': tested('quic/test/discarded-keys', 'a server never seals 0-RTT packets, and a client opens none'),
  '9001-5.6-5': tested(
    'quic/test/early-data',
    '0-RTT keys go away: at the client with 1-RTT keys, at the server three probe timeouts later (section 4.9.3)',
  ),
  '9001-5.7-1': tested('quic/test/handshake-faults', '1-RTT packets that overtake the handshake wait for their keys'),
  '9001-5.7-2': tested('quic/test/handshake-faults', '1-RTT packets that overtake the handshake wait for their keys'),
  '9001-5.7-3': tested('quic/test/handshake-faults', '1-RTT packets that overtake the handshake wait for their keys'),
}

const KEY_UPDATE: Coverage = {
  '9001-6-1': untested('openssl', 'it sends a KeyUpdate only if told to, and Millrace never tells it'),
  '9001-6-2': tested('quic/test/handshake-violations', 'a TLS message after the handshake that TLS does not expect: CRYPTO_ERROR'),
  '9001-6.1-1': tested('quic/test/key-update', 'an update asked for in the handshake waits until that is confirmed (section 6.1)'),
  '9001-6.1-2': tested(
    'quic/test/key-update',
    'an update that was asked for too early waits for its time: confirmation and three probe timeouts (section 6.5)',
  ),
  '9001-6.1-3': tested('quic/test/key-update', 'a packet that the update overtook is opened with the old keys (section 6.5)'),
  '9001-6.2-1': tested(
    'quic/test/key-update',
    'updates keys, the peer follows, and data goes on both ways (RFC 9001 sections 6.1 and 6.2)',
  ),
  '9001-6.2-2': tested(
    'quic/test/key-update',
    'updates keys, the peer follows, and data goes on both ways (RFC 9001 sections 6.1 and 6.2)',
  ),
  '9001-6.3-1': tested('quic/test/key-update', 'the next keys are made ahead, never while a packet is processed (sections 6.3 and 9.5)'),
  '9001-6.3-2': tested('quic/test/key-update', 'the next keys are made ahead, never while a packet is processed (sections 6.3 and 9.5)'),
  '9001-6.4-1': tested(
    'quic/test/key-update',
    'updates keys, the peer follows, and data goes on both ways (RFC 9001 sections 6.1 and 6.2)',
  ),
  '9001-6.4-2': tested('quic/test/key-update', 'older keys on a later packet: KEY_UPDATE_ERROR (section 6.4)'),
  '9001-6.6-1': tested('quic/test/key-update', 'keys are updated by themselves after keyUpdateInterval packets (section 6.6)'),
  '9001-6.6-2': tested(
    'quic/test/key-update',
    'where the confidentiality limit nears and no update is possible: AEAD_LIMIT_REACHED (section 6.6)',
  ),
  '9001-6.6-3': tested('quic/test/key-update', 'keys are updated by themselves after keyUpdateInterval packets (section 6.6)'),
  '9001-6.6-4': tested(
    'quic/test/key-update',
    'where the confidentiality limit nears and no update is possible: AEAD_LIMIT_REACHED (section 6.6)',
    'more forged packets than the integrity limit: AEAD_LIMIT_REACHED, and no packet is processed any more (section 6.6)',
  ),
  '9001-6.6-5': tested(
    'quic/test/key-update',
    'more forged packets than the integrity limit: AEAD_LIMIT_REACHED, and no packet is processed any more (section 6.6)',
  ),
  '9001-6.6-6': tested(
    'quic/test/key-update',
    'more forged packets than the integrity limit: AEAD_LIMIT_REACHED, and no packet is processed any more (section 6.6)',
  ),
  '9001-6.6-7': untested('authors', AUTHORS_OF_SUITES),
  '9001-6.6-8': untested('authors', AUTHORS_OF_SUITES),
}

const EXTENSIONS: Coverage = {
  '9001-8.1-1': tested('native/test/handshake', "gives both sides keys that fit, the protocol, and the other side's transport parameters"),
  '9001-8.1-2': tested('quic/test/session', 'a server without a common protocol refuses'),
  '9001-8.1-3': tested(
    'quic/test/tls-messages',
    'a server that selects no application protocol: a client closes with no_application_protocol, 0x178 (RFC 9001 section 8.1)',
  ),
  '9001-8.1-4': untested(
    'application',
    'which protocols fit which version of QUIC is for the lists of options `alpn` and `versions` to say',
  ),
  '9001-8.1-5': tested('quic/test/session', 'a server without a common protocol refuses'),
  '9001-8.1-6': untested('openssl', 'a protocol that the client did not offer is refused by it, as RFC 7301 section 3.2 asks'),
  '9001-8.2-1': tested('native/test/handshake', 'no transport parameters raise missing_extension'),
  '9001-8.2-2': untested('absent', 'no TLS over TCP is made by the code that sends the extension'),
  '9001-8.2-3': untested('absent', 'no TLS over TCP is made by the code that knows the extension'),
  '9001-8.3-1': tested('quic/test/tls-messages', 'a client that sent early data sends no EndOfEarlyData'),
  '9001-8.3-2': tested('quic/src/core/wire/frames/frames', 'is a PROTOCOL_VIOLATION'),
  '9001-8.4-1': tested('quic/test/tls-messages', 'a ClientHello offers TLS 1.3 and nothing older, and no session id of compatibility mode'),
}

const SECURITY: Coverage = {
  '9001-9.2-1': tested('quic/test/resumption', 'a first flight that an attacker sends again opens no stream'),
  '9001-9.2-2': tested('quic/test/early-data', 'a ticket is read back as it was written, and nothing else is one'),
  '9001-9.2-3': untested('authors', 'of application protocols'),
  '9001-9.2-4': untested('authors', 'of extensions to QUIC'),
  '9001-9.2-5': untested('authors', 'of application protocols'),
  '9001-9.3-1': tested('quic/src/core/datagram-builder', 'padding reaches the least size, not the largest'),
  '9001-9.4-1': untested('authors', AUTHORS_OF_SUITES),
  '9001-9.5-1': untested(
    'construction',
    'mask, packet number and tag are taken off in one go, and a packet of the wrong key phase costs the same work',
  ),
  '9001-9.5-2': untested(
    'construction',
    "OpenSSL's AES and ChaCha20 take a time that does not hang on their input, and a packet number adds no branch",
  ),
}

export const RFC_9001: Coverage = { ...TLS, ...PROTECTION, ...KEY_UPDATE, ...EXTENSIONS, ...SECURITY }
