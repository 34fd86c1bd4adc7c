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
  const [a, b, c, d] = random(4) as Uint8Array & [number, number, number, number]
  return a * 0x100_0000 + (b << 16) + (c << 8) + d
}
