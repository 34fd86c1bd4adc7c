// What options may be that are no numbers: a row each. Callers with TypeScript know it already; who has none hears it here, by name, and not from somewhere deep
// inside. What follows from several options together, or from their content, is checked where it is used.
import { Buffer } from 'node:buffer'
import { wrong } from './option-checks.ts'
import type { EndpointOptions, SessionOptions } from './options.ts'
import { printable } from './printable.ts'

interface Shape {
  readonly mayBe: string
  /** Its text may be a secret, or very long. */
  readonly hidden?: boolean
  fits(value: unknown): boolean
}

/** Characters of a text that stands in a message. */
const MOST_SHOWN = 60
/** Bytes of the longest host name that a certificate can bear. RFC 1035 section 2.3.4. */
const MAX_SERVER_NAME = 255

const FLAG: Shape = { mayBe: 'true or false', fits: (value) => typeof value === 'boolean' }
const LIST: Shape = {
  mayBe: 'text with a name in it, or several joined by colons',
  fits: (value) => typeof value === 'string' && value !== '',
}
const BYTES: Shape = { mayBe: 'a Buffer or Uint8Array', hidden: true, fits: isBytes }
const FUNCTION: Shape = { mayBe: 'a function', fits: (value) => typeof value === 'function' }
const KEY: Shape = { mayBe: 'PEM text, or DER bytes', hidden: true, fits: isEncoded }
const CERTIFICATES: Shape = {
  mayBe: 'PEM text, DER bytes, or an array of such',
  hidden: true,
  fits: (value) => isEncoded(value) || isArrayOf(value, isEncoded),
}
const ABORT_SIGNAL: Shape = { mayBe: 'an AbortSignal', fits: (value) => hasMethods(value, 'addEventListener', 'throwIfAborted') }
const PLAIN_OBJECT: Shape = { mayBe: 'an object', fits: isObject }

/** What is no row here is a number with a range, or has words of its own. */
const SESSION_SHAPES: { readonly [Option in keyof SessionOptions]?: Shape } = {
  endpoint: { mayBe: 'a QuicEndpoint, or options to open one', fits: isObject },
  alpn: { mayBe: 'a name, or an array of names', fits: (value) => typeof value === 'string' || Array.isArray(value) },
  servername: { mayBe: `a host name of ${MAX_SERVER_NAME} bytes at most, without zero bytes`, fits: isServerName },
  sni: {
    mayBe: 'an object that has { keys, certs } by host name',
    fits: (value) => isObject(value) && Object.values(value).every(isIdentity),
  },
  ca: CERTIFICATES,
  certs: CERTIFICATES,
  keys: KEY,
  rejectUnauthorized: FLAG,
  ciphers: LIST,
  groups: LIST,
  keylog: FLAG,
  exporter: FLAG,
  ackFrequency: FLAG,
  ecn: FLAG,
  spinBit: FLAG,
  qlog: FLAG,
  enableEarlyData: FLAG,
  preferredAddress: PLAIN_OBJECT,
  transportParams: PLAIN_OBJECT,
  versions: { mayBe: 'an array of version numbers', fits: Array.isArray },
  signal: ABORT_SIGNAL,
  sessionTicket: BYTES,
  token: BYTES,
  sessionStore: {
    mayBe: 'null, or a SessionStore, with take() and put()',
    fits: (value) => value === null || hasMethods(value, 'take', 'put'),
  },
  ticketKey: {
    mayBe: 'a Buffer or Uint8Array, or an array of such',
    hidden: true,
    fits: (value) => isBytes(value) || isArrayOf(value, isBytes),
  },
  earlyDataGuard: { mayBe: 'an EarlyDataGuard, with admit()', fits: (value) => hasMethods(value, 'admit') },
  earlyDataTerms: { mayBe: 'EarlyDataTerms, with granted() and honours()', fits: (value) => hasMethods(value, 'granted', 'honours') },
}

/** Options that each session of a client has of its own, however alike the rest. @internal */
export const OWN_OPTIONS: ReadonlySet<string> = new Set(['endpoint', 'servername', 'sessionTicket', 'sessionStore', 'token', 'signal'])

const OWN_SHAPES: typeof SESSION_SHAPES = Object.fromEntries(Object.entries(SESSION_SHAPES).filter(([name]) => OWN_OPTIONS.has(name)))

const ENDPOINT_SHAPES: { readonly [Option in keyof EndpointOptions]?: Shape } = {
  address: { mayBe: 'text: host:port', fits: (value) => typeof value === 'string' },
  generateConnectionId: FUNCTION,
}

/** Throws ERR_QUIC_OPTION for what cannot be meant. @internal */
export function checkShapes(options: SessionOptions): void {
  if (!isObject(options)) throw wrong('options', `is ${shown(options)}; it must be an object`)
  check('', SESSION_SHAPES, options)
}

/** The same for these alone. @internal */
export function checkOwnShapes(options: SessionOptions): void {
  check('', OWN_SHAPES, options)
}

/** The same for the signal of a single call. @internal */
export function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || ABORT_SIGNAL.fits(signal)) return signal
  throw wrong('signal', `is ${shown(signal)}; it must be ${ABORT_SIGNAL.mayBe}`)
}

/** The same for an endpoint that is opened by itself. @internal */
export function checkEndpointShapes(options: EndpointOptions): void {
  if (!isObject(options)) throw wrong('endpoint', `is ${shown(options)}; it must be an object`)
  check('endpoint.', ENDPOINT_SHAPES, options)
}

function check<Options extends object>(prefix: string, shapes: { readonly [Option in keyof Options]?: Shape }, options: Options): void {
  for (const option of Object.keys(shapes) as (keyof Options & string)[]) {
    const { fits, mayBe, hidden = false } = shapes[option]!
    const value = options[option]
    if (value !== undefined && !fits(value)) throw wrong(`${prefix}${option}`, `is ${shown(value, hidden)}; it must be ${mayBe}`)
  }
}

/** A value in few words. @internal */
export function shown(value: unknown, hidden = false): string {
  if (typeof value === 'string') return value === '' ? 'empty' : hidden || value.length > MOST_SHOWN ? 'text' : printable(value)
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'function' ? 'a function' : isObject(value) ? 'an object' : String(value)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isBytes(value: unknown): boolean {
  return value instanceof Uint8Array
}

function isEncoded(value: unknown): boolean {
  return typeof value === 'string' || value instanceof Uint8Array
}

function isArrayOf(value: unknown, fits: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(fits)
}

function isIdentity(value: unknown): boolean {
  if (!isObject(value)) return false
  const { keys, certs } = value as { keys?: unknown; certs?: unknown }
  return KEY.fits(keys) && CERTIFICATES.fits(certs)
}

/** A zero byte would end the name for C, and another name be verified than was given. */
function isServerName(value: unknown): boolean {
  return typeof value === 'string' && !value.includes('\0') && Buffer.byteLength(value) <= MAX_SERVER_NAME
}

function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}
