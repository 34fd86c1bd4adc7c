// The one file that imports koffi. Tables of C functions (openssl.ts, libc.ts) become typed JavaScript functions here.
//
// Pointers are plain integers on our side: `uintptr_t` arguments given as numbers cost a third of what Buffers cost (40 ns a call against
// 130 to 300), and the addresses of user space, under 2^47, are exact in a double. Whoever passes one has bounds-checked it against an
// arena.
import koffi from 'koffi'
import { NativeError } from '../error.ts'

/** C types that occur in our tables, and what stands for them in JavaScript. */
export interface CValues {
  pointer: number
  int: number
  uint32: number
  long: number
  uint64: number
  size: number
  text: string | null
  void: undefined
}
type CType = keyof CValues

/** Result, then arguments. */
export type Signature = readonly [result: CType, parameters: readonly CType[]]

type Values<Types extends readonly CType[]> = { -readonly [I in keyof Types]: CValues[Types[I]] }

/** The functions of a table of signatures. */
export type Bound<Table extends Record<string, Signature>> = {
  readonly [Name in keyof Table]: (...values: Values<Table[Name][1]>) => CValues[Table[Name][0]]
}

const C_NAMES: Record<CType, string> = {
  pointer: 'uintptr_t',
  int: 'int',
  uint32: 'uint32_t',
  long: 'long',
  uint64: 'uint64_t',
  size: 'size_t',
  text: 'str',
  void: 'void',
}

/** Binds the functions of a table to the symbols of this process. `missing` makes the error for a symbol that is not there. */
export function bind<Table extends Record<string, Signature>>(
  table: Table,
  missing: (symbol: string, cause: unknown) => Error,
): Bound<Table> {
  const process = koffi.load(null)
  const functions: Record<string, unknown> = {}
  for (const [name, [result, parameters]] of Object.entries(table)) {
    try {
      functions[name] = process.func(
        name,
        C_NAMES[result],
        parameters.map((type) => C_NAMES[type]),
      )
    } catch (cause) {
      throw missing(name, cause)
    }
  }
  return Object.freeze(functions) as Bound<Table>
}

/**
 * Makes a C function out of a JavaScript one and returns its address. A process has 8192 of them, over all threads, and those of a Worker
 * that is terminated stay taken; so they are for a fixed set made once. It must not throw, and C must call it only from inside our own
 * calls.
 */
export function callback<const S extends Signature>(signature: S, run: (...values: Values<S[1]>) => CValues[S[0]]): number {
  const [result, parameters] = signature
  const prototype = koffi.proto(
    C_NAMES[result],
    parameters.map((type) => C_NAMES[type]),
  )
  return Number(koffi.register(run, koffi.pointer(prototype)))
}

/** Gives back what `callback` made. C must not call it any more. */
export function releaseCallback(address: number): void {
  koffi.unregister(BigInt(address))
}

/** Where bytes lie. They must be the whole of an arena: other memory may move. */
export function addressOfBytes(bytes: Buffer): number {
  return Number(koffi.address(bytes))
}

/** The `errno` that the last foreign call on this thread left. Meaningful only right after a call that failed. */
export function lastErrno(): number {
  return koffi.errno()
}

/** Runs `make` at the first call and remembers what it made; an error is thrown again by trying again. */
export function once<T extends object>(make: () => T): () => T {
  let made: T | null = null
  return () => {
    made ??= make()
    return made
  }
}

/** What a caller reads when the ground is missing. */
export function unsupported(what: string, cause?: unknown): NativeError {
  return new NativeError('ERR_NATIVE_UNSUPPORTED', what, { cause })
}
