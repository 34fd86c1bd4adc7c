// What a command line asks for: the address, the fields and the content of a request.

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { MillraceError } from '../../error.ts'
import type { Host } from '../host.ts'
import type { TransferRequest } from './transfer.ts'

/** Redirects that are followed before it is called a loop; as fetch has it. */
const MAX_REDIRECTS = 20
/** Fields that are for the origin that they were given for. */
const SECRET: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization'])
/** Fields that describe content. */
const OF_CONTENT: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-location',
])

export interface RequestFlags {
  readonly header: readonly string[]
  readonly data: readonly string[]
  readonly request?: string
  readonly head?: boolean
}

/** Throws ERR_MILLRACE_OPTION. An address without a scheme is https. */
export function parseUrl(text: string): URL {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`)
  if (url === null) throw wrong(`'${text}' is no address; write for example https://example.com/path`)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw wrong(`${url.protocol}// is not known here; give https:// or http://`)
  return url
}

/** Reads what `-d` names. Throws ERR_MILLRACE_OPTION. */
export async function readRequest(url: URL, flags: RequestFlags, host: Host, signal: AbortSignal): Promise<TransferRequest> {
  const parts = await Promise.all(flags.data.map((data) => content(data, host)))
  const body = parts.length === 0 ? null : Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from('&'), part])))
  const headers = flags.header.flatMap(field)
  const has = (name: string): boolean => headers.some((text, at) => at % 2 === 0 && text.toLowerCase() === name)
  if (body !== null && !has('content-type')) headers.push('content-type', 'application/x-www-form-urlencoded')
  if (!has('user-agent')) headers.push('user-agent', 'millrace')
  if (!has('accept')) headers.push('accept', '*/*')
  const method = flags.request === undefined ? (flags.head ? 'HEAD' : body === null ? 'GET' : 'POST') : checkMethod(flags.request)
  if (url.username !== '' && !has('authorization')) {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    headers.push('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`)
  }
  return { url, method, headers, body, signal }
}

/** The request that a redirect asks for, or null where the response is none. RFC 9110 section 15.4. */
export function redirected(request: TransferRequest, status: number, location: string | undefined): TransferRequest | null {
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return null
  const url = URL.parse(location, request.url)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null
  const becomesGet = (status === 303 && request.method !== 'HEAD') || ((status === 301 || status === 302) && request.method === 'POST')
  const dropped = (name: string): boolean => (url.origin !== request.url.origin && SECRET.has(name)) || (becomesGet && OF_CONTENT.has(name))
  const headers: string[] = []
  for (let at = 0; at < request.headers.length; at += 2) {
    const name = request.headers[at]!
    if (!dropped(name.toLowerCase())) headers.push(name, request.headers[at + 1]!)
  }
  return { ...request, url, headers, ...(becomesGet && { method: 'GET', body: null }) }
}

/** Throws ERR_MILLRACE_UNREACHABLE beyond so many. */
export function checkRedirects(count: number, url: URL): void {
  if (count <= MAX_REDIRECTS) return
  throw new MillraceError(
    'ERR_MILLRACE_UNREACHABLE',
    `${url.host}: more than ${MAX_REDIRECTS} redirects; the server sends us round in circles`,
  )
}

async function content(data: string, host: Host): Promise<Buffer> {
  if (!data.startsWith('@')) return Buffer.from(data)
  const file = data.slice(1)
  if (file === '-') return buffer(host.stdin)
  try {
    return await readFile(resolve(host.cwd, file))
  } catch (cause) {
    throw new MillraceError('ERR_MILLRACE_OPTION', `-d ${data}: cannot be read; give the path of a file, or @- for standard input`, {
      cause,
    })
  }
}

/** A token (RFC 9110 sections 5.6.2 and 9.1). CONNECT asks for a tunnel, of which there would be nothing to print. */
function checkMethod(method: string): string {
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(method)) throw wrong(`-X '${method}': is no method; write for example -X PUT`)
  if (method.toUpperCase() === 'CONNECT') throw wrong('-X CONNECT: opens a tunnel, which is no page; give another method')
  return method
}

function field(line: string): [name: string, value: string] {
  const match = /^([^:\s]+)\s*:\s*(.*)$/.exec(line)
  if (match === null) throw wrong(`-H '${line}': is no field; write 'name: value'`)
  return [match[1]!, match[2]!.trim()]
}

function wrong(sentence: string): MillraceError {
  return new MillraceError('ERR_MILLRACE_OPTION', sentence)
}
