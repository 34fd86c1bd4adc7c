// What the judge wants of TLS: from the CRYPTO bytes of a level, whole handshake messages (RFC 8446 section 4) and some of their fields.
import { Reader } from './reader.ts'

export interface Message {
  readonly type: number
  readonly body: Buffer
}

export const CLIENT_HELLO = 1
export const SERVER_HELLO = 2
export const ENCRYPTED_EXTENSIONS = 8
export const CERTIFICATE = 11

const QUIC_TRANSPORT_PARAMETERS = 0x39

/** CRYPTO frames put in order. */
export class CryptoStream {
  #pieces = new Map<number, Buffer>()

  add(offset: number, data: Buffer): void {
    const known = this.#pieces.get(offset)
    if (known === undefined || known.length < data.length) this.#pieces.set(offset, data)
  }

  /** The messages that are there in whole, from the first on. */
  messages(): Message[] {
    const bytes = this.#contiguous()
    const messages: Message[] = []
    for (let at = 0; at + 4 <= bytes.length; ) {
      const end = at + 4 + bytes.readUIntBE(at + 1, 3)
      if (end > bytes.length) break
      messages.push({ type: bytes[at]!, body: bytes.subarray(at + 4, end) })
      at = end
    }
    return messages
  }

  #contiguous(): Buffer {
    const parts: Buffer[] = []
    let end = 0
    for (const [offset, data] of [...this.#pieces].sort(([a], [b]) => a - b)) {
      if (offset > end) break
      if (offset + data.length <= end) continue
      parts.push(data.subarray(end - offset))
      end = offset + data.length
    }
    return Buffer.concat(parts)
  }
}

export interface ClientHello {
  /** Hex. */
  readonly random: string
  /** Cipher suites, GREASE (RFC 8701) left out. */
  readonly suites: readonly number[]
}

export function readClientHello(body: Buffer): ClientHello {
  const reader = new Reader(body)
  reader.bytes(2)
  const random = reader.bytes(32).toString('hex')
  reader.bytes(reader.uint(1))
  const suites = new Reader(reader.bytes(reader.uint(2)))
  const all: number[] = []
  while (suites.left >= 2) all.push(suites.uint(2))
  return { random, suites: all.filter((suite) => (suite & 0x0f0f) !== 0x0a0a) }
}

/** The cipher suite of a ServerHello. */
export function readServerHello(body: Buffer): number {
  const reader = new Reader(body)
  reader.bytes(34)
  reader.bytes(reader.uint(1))
  return reader.uint(2)
}

/** The server's transport parameters by id, RFC 9000 section 18, from its EncryptedExtensions. */
export function readTransportParameters(body: Buffer): ReadonlyMap<number, Buffer> {
  const extensions = new Reader(body.subarray(2))
  const parameters = new Map<number, Buffer>()
  while (extensions.left > 0) {
    const type = extensions.uint(2)
    const content = new Reader(extensions.bytes(extensions.uint(2)))
    if (type !== QUIC_TRANSPORT_PARAMETERS) continue
    while (content.left > 0) parameters.set(content.varint(), content.bytes(content.varint()))
  }
  return parameters
}
