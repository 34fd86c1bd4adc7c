// RFC 9000 sections 8 and 9: address validation, path validation, migration.
import { type Coverage, tested, untested } from '../../coverage.ts'

const AMPLIFICATION = 'quic/test/amplification'
const TOKENS = 'quic/src/endpoint/address-tokens'
const RETRY = 'quic/test/retry'
const MIGRATION = 'quic/test/migration'
const PREFERRED = 'quic/test/preferred-address'
const PROBES = 'quic/test/path-probes'
const VALIDATION = 'quic/src/core/paths/path-validation'
const DEADLOCK = 'a server without a word left hears the client and goes on'
const THREE_TIMES = 'an address not validated gets three times what came from it, at most (section 8)'
const NEW_PORT = "a new port of the client's is followed once it is validated, and congestion state is kept (sections 9.3, 9.4)"
const OTHER_ID = 'a client moves to another socket in the middle of an upload, under another connection id (sections 9.2, 9.5)'
const LARGE = 'challenges and their answers are in datagrams of 1200 bytes at least (section 8.2.1)'
const SMALL = 'the answer to a challenge in a small datagram calls for another in one of 1200 bytes (sections 8.2.1 and 8.2.3)'
const ANSWERED_THERE = 'bytes from a new address is answered there, with no more than three times its bytes, and moves nobody'
const EARLIER_TOKEN =
  'a token of an earlier connection goes with every Initial packet, until a Retry gives another, which is for this connection alone'

export const PATH_RULES: Coverage = {
  '9000-8-1': tested(MIGRATION, THREE_TIMES),
  '9000-8.1-1': tested(
    AMPLIFICATION,
    'a silent client gets three datagrams for one, however long the server waits',
    'the bound holds under random loss',
  ),
  '9000-8.1-2': tested(
    AMPLIFICATION,
    'datagrams that come while closing count, so that a server can still say why',
    'the bound holds under random loss',
  ),
  '9000-8.1-3': tested(
    'quic/test/initial-datagrams',
    'every datagram with an Initial packet has 1200 bytes, first ones, probes and acknowledgements alike; a server may acknowledge in fewer',
  ),
  '9000-8.1-4': tested(AMPLIFICATION, DEADLOCK),
  '9000-8.1-5': [
    ...tested(AMPLIFICATION, DEADLOCK),
    ...tested(
      'quic/src/core/recovery/probe-timeout',
      'of a client goes on with nothing in flight, until the server must have validated its address',
    ),
  ],
  '9000-8.1.1-1': tested(TOKENS, 'one kind of token does not pass for the other'),
  '9000-8.1.2-1': tested(
    RETRY,
    'the token goes with every Initial packet after it, the keys are of the new id, and a second Retry is ignored',
  ),
  '9000-8.1.3-1': tested(RETRY, EARLIER_TOKEN),
  '9000-8.1.3-2': tested(RETRY, EARLIER_TOKEN),
  '9000-8.1.3-3': tested(TOKENS, 'no two tokens are alike, and what is in them is not to be read (section 8.1.4)'),
  '9000-8.1.3-4': tested(TOKENS, 'no two tokens are alike, and what is in them is not to be read (section 8.1.4)'),
  '9000-8.1.3-5': untested('application', 'it hands the token of `onnewtoken` to the `connect` that it is for'),
  '9000-8.1.3-6': tested(
    RETRY,
    'the token goes with every Initial packet after it, the keys are of the new id, and a second Retry is ignored',
  ),
  '9000-8.1.3-7': tested('quic/test/address-validation', 'a token spares the Retry once; a second time it is worth nothing'),
  '9000-8.1.4-1': tested(TOKENS, 'no two tokens are alike, and what is in them is not to be read (section 8.1.4)'),
  '9000-8.1.4-2': tested(TOKENS, 'every flipped bit makes a token worthless'),
  '9000-8.1.4-3': tested(TOKENS, 'a token for a later connection holds for the host, whatever its port, and for its time (section 8.1.3)'),
  '9000-8.1.4-4': tested(TOKENS, 'a token for a later connection holds for the host, whatever its port, and for its time (section 8.1.3)'),
  '9000-8.1.4-5': [
    ...tested(TOKENS, 'a token that has served a connection serves no other (section 8.1.4)'),
    ...tested('quic/test/address-validation', 'a token spares the Retry once; a second time it is worth nothing'),
  ],
  '9000-8.2.1-1': tested(VALIDATION, 'each challenge has random data of its own, and the answer to any of them counts'),
  '9000-8.2.1-2': tested(MIGRATION, LARGE),
  '9000-8.2.1-3': tested(VALIDATION, SMALL),
  '9000-8.2.1-4': tested(PROBES, ANSWERED_THERE),
  '9000-8.2.2-1': tested('quic/test/floods', 'PATH_CHALLENGE: what is answered is what was asked'),
  '9000-8.2.2-2': tested('quic/test/path-answers', 'a full congestion window does not keep back the answer to a PATH_CHALLENGE'),
  '9000-8.2.2-3': tested(PROBES, ANSWERED_THERE),
  '9000-8.2.2-4': tested(
    PROBES,
    'an answer counts on whatever path it arrives; the path that was left is asked as well (sections 8.2.2 and 9.3.3)',
  ),
  '9000-8.2.2-5': [...tested(MIGRATION, LARGE), ...tested(PROBES, ANSWERED_THERE)],
  '9000-8.2.2-6': tested(PROBES, ANSWERED_THERE),
  '9000-8.2.2-7': tested('quic/src/core/paths/path-responses', 'each challenge is answered once, with its own bytes'),
  '9000-8.2.3-1': tested(VALIDATION, SMALL),

  '9000-9-1': tested(MIGRATION, 'nobody migrates before the handshake is confirmed (section 9)'),
  '9000-9-2': tested(MIGRATION, 'a server that forbids migration is obeyed (section 18.2)'),
  '9000-9-3': tested(PROBES, 'a peer that moves where it was asked not to is followed all the same (section 9)'),
  '9000-9-4': tested(MIGRATION, NEW_PORT),
  '9000-9-5': tested(MIGRATION, 'packets of an unknown server are dropped (section 9)'),
  '9000-9.3-1': tested(MIGRATION, NEW_PORT, "a new address of the client's begins with new congestion state and round trip (section 9.4)"),
  '9000-9.3-2': tested(MIGRATION, THREE_TIMES, 'an address that never answers is left for the last one that did (section 9.3.2)'),
  '9000-9.3.2-1': tested(
    MIGRATION,
    'an address that never answers is left for the last one that did (section 9.3.2)',
    'a client that finds no way through its new socket goes back to the old one (section 9.3.2)',
  ),
  '9000-9.3.2-2': untested('construction', 'the last path that was validated is kept for as long as the active one is not'),
  '9000-9.3.3-1': tested(
    PROBES,
    'an answer counts on whatever path it arrives; the path that was left is asked as well (sections 8.2.2 and 9.3.3)',
  ),
  '9000-9.4-1': tested(
    'quic/src/core/recovery/path-change',
    'do not count as in flight on the new one',
    'give no round trip and no window when they are acknowledged',
    'take nothing from the window when they are lost',
  ),
  '9000-9.4-2': tested(MIGRATION, "a new address of the client's begins with new congestion state and round trip (section 9.4)", NEW_PORT),
  '9000-9.4-3': tested(
    VALIDATION,
    'a challenge is repeated after the timeout and no sooner, and three timeouts end the matter (sections 8.2.4 and 9.4)',
  ),
  '9000-9.5-1': tested(MIGRATION, OTHER_ID),
  '9000-9.5-2': tested(MIGRATION, OTHER_ID),
  '9000-9.6.1-1': tested(PREFERRED, 'a preferred address that does not answer is left alone (section 9.6.2)'),
  '9000-9.6.2-1': tested(PREFERRED, "a client goes to the server's preferred address once it answers there (section 9.6)"),
  '9000-9.6.2-2': tested(
    PREFERRED,
    'until the server has validated the way from its preferred address, it goes on from the original one (section 9.6.2)',
  ),
  '9000-9.6.2-3': tested(
    PREFERRED,
    'until the server has validated the way from its preferred address, it goes on from the original one (section 9.6.2)',
  ),
  '9000-9.6.2-4': untested(
    'construction',
    'a preferred address is known to its connection alone, and is not among what a ticket remembers',
  ),
  '9000-9.6.3-1': tested(
    PROBES,
    'a client that moves while it asks the preferred address gives the move up when that answers (section 9.6.3)',
  ),
  '9000-9.6.3-2': tested(PREFERRED, "a stranger who passes on a client's packet to the preferred address moves nobody (section 9.6.2)"),
  '9000-9.7-1': untested('absent', 'Millrace sets no flow label; the kernel chooses it'),
}
