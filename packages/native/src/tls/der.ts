// Certificates, keys and tickets into OpenSSL's own objects. d2i_X509(3): it takes the address of a pointer to the bytes.
import { Arena, addressOf } from '../arena.ts'

type Decode = (object: number, bytesPointer: number, length: number) => number

/** Decodes DER by one of OpenSSL's d2i functions. The object that it returns, or 0, is the caller's to free. */
export function decodeDer(decode: Decode, der: Uint8Array): number {
  const arena = Arena.from(der)
  const pointer = pointerTo(addressOf(arena))
  const object = decode(0, addressOf(pointer), der.length)
  arena.bytes.fill(0) // it may be a private key
  return object
}

/** Encodes one of OpenSSL's objects as DER by one of its i2d functions; null if it cannot. */
export function encodeDer(encode: (object: number, bytesPointer: number) => number, object: number): Buffer | null {
  const length = encode(object, 0)
  if (length <= 0) return null
  const arena = Arena.allocate(length)
  const pointer = pointerTo(addressOf(arena))
  return encode(object, addressOf(pointer)) === length ? arena.bytes : null
}

function pointerTo(address: number): Arena {
  const cell = Arena.allocate(8)
  cell.view.setBigUint64(0, BigInt(address), true)
  return cell
}
