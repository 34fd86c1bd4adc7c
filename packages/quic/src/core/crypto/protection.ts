// What the core needs of packet protection (RFC 9001 section 5). `native` implements it with OpenSSL; the core never sees a key.

/** Memory in which packets are built and opened in place. It does not move, and `protection` accepts no other. */
export interface PacketMemory {
  readonly bytes: Buffer
  readonly view: DataView
}

/** Length of the authentication tag of every AEAD that QUIC uses. RFC 9001 section 5.3. */
export const TAG_LENGTH = 16

/** How far from the start of the packet number the header-protection sample lies, and its length. RFC 9001 section 5.4.2. */
export const SAMPLE_OFFSET = 4
export const SAMPLE_LENGTH = 16

/** Bytes of the header with which a packet is sealed and opened fastest: with a connection id of 8 bytes, a packet number of 4. */
export const FASTEST_HEADER = 13

/** Most packets of one run. */
export const MAX_RUN = 64
/** How far apart the masks of a run are. */
export const MASK_STRIDE = 16

/** Seals what we send at one level. */
export interface Sealer {
  /**
   * Encrypts one packet in place and protects its header. The header is [start, start + headerLength), its last `packetNumberLength` bytes
   * the truncated packet number; the payload follows, and after it are 16 bytes of room for the tag. The payload must be at least
   * 4 - packetNumberLength bytes long, so that a sample exists.
   */
  seal(
    memory: PacketMemory,
    start: number,
    headerLength: number,
    packetNumberLength: number,
    payloadLength: number,
    packetNumber: number,
  ): void
  /** The first half of `seal`: what a packet says is encrypted, and its header stays as it is until `protect`. */
  encrypt(memory: PacketMemory, start: number, headerLength: number, payloadLength: number, packetNumber: number): void
  /**
   * The second half, for a run of `count` packets, 1 to MAX_RUN, that begin `stride` bytes apart, the first at `start`: all have headers, and packet numbers, of
   * these lengths.
   */
  protect(memory: PacketMemory, start: number, headerLength: number, packetNumberLength: number, stride: number, count: number): void
  /** Packets sealed with these keys. */
  readonly sealed: number
  /** How many they may seal: the confidentiality limit. RFC 9001 section 6.6. */
  readonly sealLimit: number
  /** A sealer for the next key phase, under the same header protection; this one stays as it is. RFC 9001 section 6.1. */
  next(): Sealer
  /** Derives the keys now, which the first packet would have to wait for. */
  prepare(): void
  /** Frees the keys. Nothing may be sealed afterwards. */
  release(): void
}

/** Opens what the peer sent at one level. */
export interface Opener {
  /** Removes header protection in place and returns the packet number's length, 1 to 4. The caller has checked that the sample is there. */
  unmask(memory: PacketMemory, start: number, packetNumberOffset: number): number
  /**
   * The header-protection masks of a run of `count` packets, 1 to MAX_RUN, that begin `stride` bytes apart, the packet number of the first at
   * `packetNumberOffset`; the caller has checked that the samples are there. Nothing is removed yet. Each begins MASK_STRIDE bytes after the last, and all are
   * good until the next call.
   */
  masks(memory: PacketMemory, packetNumberOffset: number, stride: number, count: number): Uint8Array
  /** Decrypts in place. `length` counts the ciphertext with its tag. False if the tag does not match; the bytes are then garbage. */
  open(memory: PacketMemory, start: number, headerLength: number, length: number, packetNumber: number): boolean
  /** How many packets may fail to open over all keys of a connection: the integrity limit. RFC 9001 section 6.6. */
  readonly failureLimit: number
  /** An opener for the next key phase, under the same header protection; this one stays as it is. RFC 9001 section 6.1. */
  next(): Opener
  /** As a sealer's. */
  prepare(): void
  release(): void
}

export interface KeyPair {
  readonly sealer: Sealer
  readonly opener: Opener
}

/** Derives the keys of Initial packets from the client's first destination connection id. RFC 9001 section 5.2. */
export type InitialKeys = (side: 'client' | 'server', version: number, destinationConnectionId: Uint8Array) => KeyPair
