// Values under a root: the form in which YoMo's data travelled. A root node with id 1 holds signals, if any, and one packet of user data.

import { Y3Error } from './error.ts'
import { locate } from './find.ts'
import { Header, writeHeader } from './header.ts'
import type { Mold } from './mold/mold.ts'
import { Scan } from './mold/shape.ts'
import { DEFAULT_GENERATION, type Generation } from './primitive.ts'
import { FIRST_SIGNAL_ID, FIRST_USER_ID, type Key, parseKey, ROOT_TAG } from './tag.ts'

/** How a value is put under a root. */
export interface MarshalOptions {
  /** Default `golang`. */
  readonly generation?: Generation
  /** Packets that stand before the data, each primitive and with an id from 0x02 to 0x0F. Default none. */
  readonly signals?: readonly Uint8Array[]
}

/**
 * A root packet with `value` under `key`, 0x10 to 0x3F. Packets of up to 2 KiB share the memory behind them, as small Buffers of Node do.
 * Throws BAD_KEY, and BAD_VALUE, which names the field.
 */
export function marshal<T>(key: Key, value: T, mold: Mold<T>, options: MarshalOptions = {}): Uint8Array {
  const tail = mold.begin(key, value, options.generation ?? DEFAULT_GENERATION)
  const { signals } = options
  if (signals !== undefined) for (let index = signals.length - 1; index >= 0; index--) tail.bytes(checkSignal(signals[index]!))
  writeHeader(tail, ROOT_TAG, tail.length)
  return mold.finish(tail)
}

/** The value of the first packet with that key, as `find` finds it; undefined when there is none. Throws what `find` and `Mold.decode` throw. */
export function unmarshal<T>(bytes: Uint8Array, key: Key, mold: Mold<T>, generation: Generation = DEFAULT_GENERATION): T | undefined {
  const scan = new Scan(bytes, generation)
  return locate(bytes, parseKey(key), scan.header) ? mold.shape.read(scan) : undefined
}

function checkSignal(signal: Uint8Array): Uint8Array {
  const { id, isNode, end } = new Header().read(signal, 0, signal.length)
  if (isNode || id < FIRST_SIGNAL_ID || id >= FIRST_USER_ID || end !== signal.length) {
    throw new Y3Error('BAD_KEY', 'a signal is one primitive packet with an id from 0x02 to 0x0F')
  }
  return signal
}
