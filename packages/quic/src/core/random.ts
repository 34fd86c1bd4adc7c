// Numbers of unpredictable bytes.

/** Makes tokens for connection ids that mean nothing to anyone: another for each id, and the same for the same. */
export function randomTokens(random: (length: number) => Uint8Array, length: number): (connectionId: Uint8Array) => Uint8Array {
  const known = new Map<string, Uint8Array>()
  return (connectionId) => {
    const key = connectionId.join()
    const token = known.get(key) ?? random(length)
    known.set(key, token)
    return token
  }
}

/** Any 32 bits. */
export function randomWord(random: (length: number) => Uint8Array): number {
  // By index: to take an array apart by a pattern walks it with an iterator.
  const bytes = random(4)
  return bytes[0]! * 0x100_0000 + (bytes[1]! << 16) + (bytes[2]! << 8) + bytes[3]!
}

// Functions of their own, and not in the constructor of a connection: whatever one closure of a scope needs, all of them keep.

/** Makes numbers as `randomWord` does. */
export function randomWords(random: (length: number) => Uint8Array): () => number {
  return () => randomWord(random)
}

/** Makes connection ids of so many bytes. */
export function randomIds(random: (length: number) => Uint8Array, length: number): () => Uint8Array {
  return () => random(length)
}
