// What happened in a run, in order: both ends and the network between them. Its fingerprint is the same whenever the seed is; that is what a replay is.
// It holds times, sizes, indices and events, and no byte that TLS made: those differ from run to run.
import type { TraceEvent } from '@millrace/netsim'

const KEPT = 400

export class Journal {
  readonly #lines: string[] = []
  #count = 0
  #hash = 0x811c_9dc5

  /** 32 bits over every line so far. */
  get fingerprint(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }

  note(at: number, line: string): void {
    const text = `${at.toFixed(3).padStart(12)}  ${line}`
    this.#lines[this.#count++ % KEPT] = text
    for (let i = 0; i < text.length; i++) this.#hash = Math.imul(this.#hash ^ text.charCodeAt(i), 0x0100_0193)
  }

  datagram({ at, from, index, what, size, ecn }: TraceEvent): void {
    this.note(
      at,
      `${from === 'a' ? 'client > server' : 'server > client'}  #${index}  ${what}  ${size} bytes${ecn === 0 ? '' : `  ecn ${ecn}`}`,
    )
  }

  tail(lines: number): string {
    const kept = Math.min(lines, this.#count, KEPT)
    return Array.from({ length: kept }, (_, index) => this.#lines[(this.#count - kept + index) % KEPT]).join('\n')
  }
}
