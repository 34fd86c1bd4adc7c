// Encryption levels and packet-number spaces. RFC 9001 section 2.1, RFC 9000 section 12.3.

export const LEVELS = ['initial', '0rtt', 'handshake', '1rtt'] as const
/** An encryption level, named as the packets are that it protects. */
export type Level = (typeof LEVELS)[number]

export const SPACES = ['initial', 'handshake', 'application'] as const
/** A packet-number space; 0-RTT and 1-RTT share the last one. */
export type SpaceName = (typeof SPACES)[number]

export function spaceOf(level: Level): SpaceName {
  return level === 'initial' || level === 'handshake' ? level : 'application'
}
