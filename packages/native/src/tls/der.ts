// Certificates, keys and tickets into OpenSSL's own objects. d2i_X509(3): it takes the address of a pointer to the bytes.
import { Buffer } from 'node:buffer'
import { addressOf } from '../arena.ts'
import { scratch } from '../scratch.ts'

type Decode = (object: number, bytesPointer: number, length: number) => number

/** Bytes of a pointer, which lies before what it points to. */
const POINTER = 8

/** Decodes DER by one of OpenSSL's d2i functions. The object that it returns, or 0, is the caller's to free. */
export function decodeDer(decode: Decode, der: Uint8Array): number {
  const { bytes, address } = pointed(der.length)
  bytes.set(der, POINTER)
  const object = decode(0, address, der.length)
  bytes.fill(0, POINTER, POINTER + der.length) // it may be a private key
  return object
}

/** Encodes one of OpenSSL's objects as DER by one of its i2d functions; null if it cannot. */
export function encodeDer(encode: (object: number, bytesPointer: number) => number, object: number): Buffer | null {
  const length = encode(object, 0)
  if (length <= 0) return null
  const { bytes, address } = pointed(length)
  const encoded = encode(object, address) === length ? Buffer.from(bytes.subarray(POINTER, POINTER + length)) : null
  bytes.fill(0, POINTER, POINTER + length) // it may be a ticket
  return encoded
}

/** Memory for a pointer and what it points to. */
function pointed(length: number): { bytes: Buffer; address: number } {
  const memory = scratch(POINTER + length)
  const address = addressOf(memory)
  memory.view.setBigUint64(0, BigInt(address + POINTER), true)
  return { bytes: memory.bytes, address }
}
