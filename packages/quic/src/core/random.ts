// Numbers of unpredictable bytes.

/** Any 32 bits. */
export function randomWord(random: (length: number) => Uint8Array): number {
  const [a, b, c, d] = random(4) as Uint8Array & [number, number, number, number]
  return a * 0x100_0000 + (b << 16) + (c << 8) + d
}
