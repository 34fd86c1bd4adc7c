// The secrets of a run, from a file in the NSS key log format (RFC 9850): a line each, `LABEL CLIENT_RANDOM SECRET`, the latter two in hex.
import type { Side } from './recorded.ts'

export type SecretLevel = 'handshake' | '1rtt'

const LABELS: Readonly<Record<string, readonly [Side, SecretLevel]>> = {
  CLIENT_HANDSHAKE_TRAFFIC_SECRET: ['client', 'handshake'],
  SERVER_HANDSHAKE_TRAFFIC_SECRET: ['server', 'handshake'],
  CLIENT_TRAFFIC_SECRET_0: ['client', '1rtt'],
  SERVER_TRAFFIC_SECRET_0: ['server', '1rtt'],
}

export class KeyLog {
  #secrets = new Map<string, Buffer>()

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [label, random, secret] = line.trim().split(' ')
      const meaning = LABELS[label ?? '']
      if (meaning === undefined || random === undefined || secret === undefined) continue
      this.#secrets.set(key(random.toLowerCase(), ...meaning), Buffer.from(secret, 'hex'))
    }
  }

  /** The secret of the connection whose ClientHello has this random, in hex; null when it was not logged. */
  secret(clientRandom: string, side: Side, level: SecretLevel): Buffer | null {
    return this.#secrets.get(key(clientRandom, side, level)) ?? null
  }
}

function key(random: string, side: Side, level: SecretLevel): string {
  return `${random} ${side} ${level}`
}
