// What becomes of a server's SETTINGS from one connection to the next, where the client begins with those that it remembers. RFC 9114 section 7.2.4.2.
import { Http3Error, type Http3ErrorName } from './http3-error.ts'
import { decodeSettings, encodeSettings, type Http3Settings, SETTING_ROWS } from './settings.ts'

/** As a client keeps them with a ticket, and a server seals them in it: of extensions, those that `understood` names. */
export function encodeRemembered(settings: Http3Settings, understood: ReadonlyMap<number, number>): Uint8Array {
  const extensions = new Map([...settings.extensions].filter(([id]) => understood.has(id)))
  return encodeSettings({ ...settings, extensions }, null)
}

/** Null for bytes that are none of ours. */
export function decodeRemembered(encoded: Uint8Array): Http3Settings | null {
  try {
    return decodeSettings(encoded)
  } catch (error) {
    if (error instanceof Http3Error) return null
    throw error
  }
}

/** What a server breaks that gave these settings before, gives those now, and accepts 0-RTT; null if nothing. RFC 9204 section 3.2.3, RFC 9297 section 2.1.1. */
export function brokenPromise(before: Http3Settings, now: Http3Settings): Http3Error | null {
  for (const { name, key, default: usual, afterEarlyData } of SETTING_ROWS) {
    const [then, given] = [Number(before[key]), Number(now[key])]
    if (given === then) continue
    const told = given === usual ? 'left out' : given
    if (afterEarlyData === 'same' && then !== usual) return broken('QPACK_DECODER_STREAM_ERROR', name, then, told)
    if (given < then || given === usual) return broken('H3_SETTINGS_ERROR', name, then, told)
  }
  for (const [id, then] of before.extensions) {
    const given = now.extensions.get(id)
    if (given === undefined || given < then) return broken('H3_SETTINGS_ERROR', `setting 0x${id.toString(16)}`, then, given ?? 'left out')
  }
  return null
}

function broken(code: Http3ErrorName, name: string, then: number, told: number | 'left out'): Http3Error {
  return new Http3Error(code, `0-RTT is accepted, but ${name} is ${told} and was ${then}`)
}
