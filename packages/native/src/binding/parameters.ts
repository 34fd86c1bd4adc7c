// Arrays of OSSL_PARAM, by which OpenSSL's providers are told their settings. OSSL_PARAM(3).
import { Buffer } from 'node:buffer'
import { Arena, addressOf } from '../arena.ts'
import { once } from './load.ts'

/** Bytes of one: { const char *key; unsigned int data_type; void *data; size_t data_size; size_t return_size; }. */
const PARAMETER = 40
const UTF8_STRING = 4
const OCTET_STRING = 5

/** As the length of the fixed part of a nonce: that all of it is given. (size_t)-1 in C. */
const WHOLE = -1

/** The names that they go by: C keeps their addresses, so they stay. */
const names = once(() => ({ key: text('key'), digest: text('digest'), SHA256: text('SHA256'), SHA384: text('SHA384') }))

/** Settings of an HMAC: its hash, and its key where `keyAt` and `keyLength` say so. Keep the array, and the key, for as long as C may read them. */
export function macParameters(hash: string, keyAt = 0, keyLength = 0): Arena {
  const { key, digest, ...hashes } = names()
  const hashName = hashes[hash as keyof typeof hashes]
  const rows: readonly Row[] = [
    { name: digest, type: UTF8_STRING, address: addressOf(hashName), length: hashName.size - 1 },
    ...(keyLength === 0 ? [] : [{ name: key, type: OCTET_STRING, address: keyAt, length: keyLength }]),
  ]
  // An empty one ends the array.
  const array = Arena.allocate((rows.length + 1) * PARAMETER)
  for (const [index, row] of rows.entries()) put(array, index * PARAMETER, row)
  return array
}

/**
 * What AES-GCM is told before a record of TLS: a whole nonce, where `nonceAt` says, and additional data. Their names are OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED and
 * OSSL_CIPHER_PARAM_AEAD_TLS1_AAD. Keep the array, and what it leads to, for as long as C may read them.
 */
export function recordParameters(nonceAt: number, additionalAt: number, additionalLength: number): Arena {
  const { tlsivfixed, tlsaad } = recordNames()
  const array = Arena.allocate(3 * PARAMETER)
  put(array, 0, { name: tlsivfixed, type: OCTET_STRING, address: nonceAt, length: WHOLE })
  put(array, ADDITIONAL_DATA, { name: tlsaad, type: OCTET_STRING, address: additionalAt, length: additionalLength })
  return array
}

/** Where in that array the part begins that has additional data alone, for those whose nonce is known. */
export const ADDITIONAL_DATA: number = PARAMETER

/** The nonce alone, as in `recordParameters`. */
export function nonceParameter(nonceAt: number): Arena {
  const array = Arena.allocate(2 * PARAMETER)
  put(array, 0, { name: recordNames().tlsivfixed, type: OCTET_STRING, address: nonceAt, length: WHOLE })
  return array
}

const recordNames = once(() => ({ tlsivfixed: text('tlsivfixed'), tlsaad: text('tlsaad') }))

interface Row {
  readonly name: Arena
  readonly type: number
  readonly address: number
  readonly length: number
}

function put({ view }: Arena, at: number, { name, type, address, length }: Row): void {
  view.setBigUint64(at, BigInt(addressOf(name)), true)
  view.setUint32(at + 8, type, true)
  view.setBigUint64(at + 16, BigInt(address), true)
  view.setBigInt64(at + 24, BigInt(length), true)
}

function text(value: string): Arena {
  return Arena.from(Buffer.from(`${value}\0`))
}
