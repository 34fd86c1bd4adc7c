// Whether a certificate and its key can be used, told before a port is bound. RFC 8446 section 4.4.2.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { HttpError } from '../session/error.ts'
import type { Certificate } from './options.ts'

/** Checks each pair. Throws ERR_HTTP3_OPTION, which names the option. */
export function checkCertificates(pair: Certificate, sni: Readonly<Record<string, Certificate>> = {}): void {
  check(pair, '')
  for (const [name, each] of Object.entries(sni)) check(each, `sni['${name}'].`)
}

function check(pair: Partial<Certificate> | null | undefined, place: string): void {
  const { key, cert } = pair ?? {}
  const lacking = 'is missing: give key and cert, in PEM; browsers speak HTTP/3 and HTTP/2 with TLS alone'
  if (key === undefined || key === null) throw wrong(`${place}key`, lacking)
  if (cert === undefined || cert === null) throw wrong(`${place}cert`, lacking)
  const secret: KeyObject = read(() => createPrivateKey(key), `${place}key`, 'is no private key: PEM without a pass phrase is expected')
  const first = read(() => new X509Certificate(cert), `${place}cert`, 'is no certificate: PEM is expected')
  if (!first.checkPrivateKey(secret)) throw wrong(`${place}key`, `is not that of the first certificate in ${place}cert: give a pair`)
}

function read<T>(attempt: () => T, name: string, otherwise: string): T {
  try {
    return attempt()
  } catch (cause) {
    throw wrong(name, otherwise, cause)
  }
}

function wrong(name: string, sentence: string, cause?: unknown): HttpError {
  return new HttpError(`Option ${name} ${sentence}.`, { code: 'ERR_HTTP3_OPTION', ...(cause !== undefined && { cause }) })
}
