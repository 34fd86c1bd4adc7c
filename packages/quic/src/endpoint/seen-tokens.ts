// Tokens that have been used, so that nobody uses them again: two generations, the older of which is forgotten when the newer is full. RFC 9000
// section 8.1.4. What is forgotten could be used once more by who recorded it, from the same address and within its lifetime.
import { MAX_SEEN_TOKENS } from './limits.ts'

export class SeenTokens {
  #newer = new Set<string>()
  #older = new Set<string>()

  has(nonce: string): boolean {
    return this.#newer.has(nonce) || this.#older.has(nonce)
  }

  add(nonce: string): void {
    if (this.#newer.size >= MAX_SEEN_TOKENS / 2) {
      this.#older = this.#newer
      this.#newer = new Set()
    }
    this.#newer.add(nonce)
  }
}
