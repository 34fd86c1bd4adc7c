// What users may set of a server, checked with messages that name the option and its range.
import type { SecureServerOptions } from 'node:http2'
import type { Encoded, EndpointOptions, Identity, SessionOptions } from '@millrace/quic'
import { HttpError } from '../session/error.ts'
import type { Http3Options } from '../session/options.ts'
import { type WebTransportServerOptions, webTransportSettings } from '../webtransport/server.ts'
import { checkCertificates } from './certificates.ts'
import { ALT_SVC_MAX_AGE, DRAIN_TIMEOUT } from './limits.ts'
import { checkTimeouts, MAX_MILLIS, type Timeouts } from './timeouts.ts'

/** A certificate with its key, in PEM, as tls.createServer takes them. */
export interface Certificate {
  /** The private key. */
  readonly key: string | Buffer
  /** The certificate, and the chain behind it. */
  readonly cert: string | Buffer
}

/** Options of a server for HTTP/3, HTTP/2 and HTTP/1.1 on one port. */
export interface ServerOptions extends Certificate {
  /** Certificates for other names than the first one's: exact, or `*.example.com`. Default: none. */
  readonly sni?: Readonly<Record<string, Certificate>>
  /** Certificate authorities whose clients' certificates hold. Default: none. */
  readonly ca?: string | Buffer
  /** Whether clients are asked for a certificate. Default false. */
  readonly requestCert?: boolean
  /**
   * Whether clients without a certificate that holds are refused, if they are asked for one. Default true. If false, `req.socket.authorized` tells, and
   * `req.socket.authorizationError` why not.
   */
  readonly rejectUnauthorized?: boolean
  /** Whether HTTP/3 is served, on UDP. Default true. */
  readonly http3?: boolean
  /** Whether HTTP/1.1 is served as well as HTTP/2, on TCP. Default true. */
  readonly allowHTTP1?: boolean
  /** Seconds for which clients are told, by `Alt-Svc` in answers over TCP, that HTTP/3 is here: 0 (not told) to 31536000, default 86400. RFC 7838. */
  readonly altSvcMaxAge?: number
  /** Milliseconds until when a request has to be there, content included, or 408 is the answer: 0 (no limit) to 2^31-1, default 300000. */
  readonly requestTimeout?: number
  /** Milliseconds until when a header section has to be there: 0 (no limit) to 2^31-1, default 60000. */
  readonly headersTimeout?: number
  /**
   * Milliseconds for which a connection is kept on which nothing is under way: 0 (no limit) to 2^31-1. Default: 5000 over HTTP/1.1, as in Node's http, and no limit
   * over HTTP/2 and HTTP/3, where QUIC's idle timeout (`quic.transportParams.maxIdleTimeout`) ends those that are silent.
   */
  readonly keepAliveTimeout?: number
  /** Milliseconds that `close` gives to what is under way before it cuts it off: 0 to 2^31-1, default 10000. */
  readonly drainTimeout?: number
  /** QUIC beyond that: 0-RTT (`enableEarlyData`), windows, congestion control. */
  readonly quic?: Omit<SessionOptions, 'alpn' | 'sni' | 'endpoint' | 'ca' | 'verifyClient' | 'signal'>
  /** The UDP socket, and what it does for peers that it does not know. */
  readonly endpoint?: Omit<EndpointOptions, 'address'>
  /** HTTP/3 beyond that. Extended CONNECT and datagrams are on. */
  readonly http3Options?: Http3Options
  /**
   * What clients may take of WebTransport, where somebody listens for it: `maxSessions` of a connection, `maxSessionData` (bytes) and `maxSessionStreams` of each.
   * Default: 16, 8388608 and 128. draft-ietf-webtrans-http3 section 5.
   */
  readonly webTransport?: WebTransportServerOptions
  /** HTTP/2 and TLS over TCP beyond that, as http2.createSecureServer has it. */
  readonly http2?: SecureServerOptions
}

/** Options, checked and completed. */
export interface CheckedOptions extends ServerOptions {
  readonly http3: boolean
  readonly allowHTTP1: boolean
  readonly altSvcMaxAge: number
  readonly drainTimeout: number
  /** They may change while the server runs. */
  readonly timeouts: Timeouts
}

const RANGES = {
  altSvcMaxAge: { most: 31_536_000, default: ALT_SVC_MAX_AGE },
  drainTimeout: { most: MAX_MILLIS, default: DRAIN_TIMEOUT },
} as const

/** Throws ERR_HTTP3_OPTION. */
export function checkServerOptions(options: ServerOptions): CheckedOptions {
  const number = (name: keyof typeof RANGES): number => {
    const { most, default: byDefault } = RANGES[name]
    const value = options[name] ?? byDefault
    if (Number.isInteger(value) && value >= 0 && value <= most) return value
    throw wrongOption(name, `is ${String(value)}; it must be a whole number from 0 to ${most}`)
  }
  checkCertificates(options, options?.sni)
  webTransportSettings(options.webTransport)
  return {
    ...options,
    http3: options.http3 ?? true,
    allowHTTP1: options.allowHTTP1 ?? true,
    altSvcMaxAge: number('altSvcMaxAge'),
    drainTimeout: number('drainTimeout'),
    timeouts: checkTimeouts(options),
  }
}

/** The certificates as @millrace/quic has them. */
export function identitiesOf({ key, cert, sni = {} }: Certificate & Pick<ServerOptions, 'sni'>): Record<string, Identity> {
  const others = Object.entries(sni).map(([name, each]) => [name, { keys: encoded(each.key), certs: encoded(each.cert) }])
  return { ...Object.fromEntries(others), '*': { keys: encoded(key), certs: encoded(cert) } }
}

/** PEM may come in Buffers here, as Node reads files; in @millrace/quic bytes are DER. */
function encoded(pem: string | Buffer): Encoded {
  return typeof pem === 'string' ? pem : pem.toString('latin1')
}

/** An error of ERR_HTTP3_OPTION. */
export function wrongOption(name: string, sentence: string): Error {
  return new HttpError(`Option ${name} ${sentence}.`, { code: 'ERR_HTTP3_OPTION' })
}
