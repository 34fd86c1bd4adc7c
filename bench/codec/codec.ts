// What the codec benchmark needs of a codec.
import type { Contender } from '../harness/benchmark.ts'
import type { Reading } from './reading.ts'

export interface Codec extends Contender {
  load(): Promise<Operations>
}

/** What is done over and over. The reading is encoded beforehand. */
export interface Operations {
  /** The one value that is wanted. */
  observe(): number
  decode(): Reading
  encode(): Encoded
}

export type Encoded = Uint8Array | string

export type OperationName = keyof Operations
