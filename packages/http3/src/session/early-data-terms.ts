// SETTINGS as the terms of 0-RTT: sealed in a server's tickets, kept by clients beside them. RFC 9114 section 7.2.4.2.
import type { EarlyDataTerms, QuicSession } from '@millrace/quic'
import { brokenPromise, decodeRemembered, encodeRemembered } from '../core/wire/remembered-settings.ts'
import type { Http3Settings } from '../core/wire/settings.ts'
import { checkedSettings, type Http3Options } from './options.ts'

/**
 * For the option `earlyDataTerms` of `listen`, where `Http3Session.server` has these options: 0-RTT is accepted of clients that remember SETTINGS which are not
 * reduced since; others are served once the handshake is done. A function is asked for each connection. Throws ERR_HTTP3_OPTION.
 */
export function http3EarlyDataTerms(options: Http3Options | (() => Http3Options) = {}): EarlyDataTerms {
  const settings = (): Http3Settings => checkedSettings(typeof options === 'function' ? options() : options)
  return {
    granted() {
      const ours = settings()
      return encodeRemembered(ours, ours.extensions)
    },
    honours(granted) {
      const before = decodeRemembered(granted)
      return before !== null && brokenPromise(before, settings()) === null
    },
  }
}

/**
 * Client: has the server's SETTINGS kept with the session's tickets, once they are known, and returns those that an earlier session kept. Of extensions, those
 * that we have a setting of ourselves.
 */
export function rememberSettings(quic: QuicSession, known: Promise<Http3Settings>, ours: Http3Settings): Http3Settings | null {
  quic.rememberTerms(known.then((settings) => encodeRemembered(settings, ours.extensions)))
  return quic.earlyTerms === null ? null : decodeRemembered(quic.earlyTerms)
}
