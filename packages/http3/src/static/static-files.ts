// A directory served as it is: ranges, validators and indexes by the library `send`, compressed where that helps. RFC 9110 sections 8.4, 13 and 14.
import { stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join, normalize, resolve, sep } from 'node:path'
import send from 'send'
import { type CompressedFile, CompressedFiles } from './compressed-files.ts'
import { acceptedEncodings, type Encoding } from './encodings.ts'
import { preconditions } from './preconditions.ts'
import { textType } from './text-types.ts'

/** How a directory is served. */
export interface StaticOptions {
  /** Seconds for which clients may keep a file without asking again: 0, the default, to 31536000. RFC 9111 section 5.2.2.1. */
  readonly maxAge?: number
  /** Whether text is compressed when it is asked for; files compressed beforehand (`.br`, `.zst`, `.gz`) are served in any case. Default true. */
  readonly compress?: boolean
}

/**
 * Serves the files of a directory, and `index.html` for directories in it. Nothing outside of it, and nothing whose name begins with a dot, is to be had.
 * For GET and HEAD; other methods get 405.
 */
export function staticFiles(directory: string, options: StaticOptions = {}): (request: IncomingMessage, response: ServerResponse) => void {
  const root = resolve(directory)
  const compressed = new CompressedFiles()
  const maxAge = options.maxAge ?? 0

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url!.split('?', 1)[0]!
    const file = inside(root, path)
    const type = file === null ? null : textType(file)
    const variant = { path, headers: {} as Record<string, string> }
    if (file !== null && type !== null) {
      response.setHeader('vary', 'accept-encoding')
      const accepted = acceptedEncodings(String(request.headers['accept-encoding'] ?? ''))
      const ready = await readyMade(file, accepted)
      if (ready !== null) {
        variant.path += ready.extension
        variant.headers = { 'content-encoding': ready.name, 'content-type': type }
      } else if (accepted[0] !== undefined && options.compress !== false && request.headers.range === undefined) {
        const found = await compressed.find(file, accepted[0])
        if (found !== null) {
          response.setHeader('content-encoding', accepted[0].name).setHeader('content-type', type)
          response.setHeader('etag', found.etag).setHeader('last-modified', found.modified.toUTCString())
          response.setHeader('cache-control', `public, max-age=${maxAge}`)
          return sendWhole(request, response, found)
        }
      }
    }
    send(request, variant.path, { root, dotfiles: 'ignore', maxAge: maxAge * 1000 })
      .on('headers', (to: ServerResponse) => {
        for (const [name, value] of Object.entries(variant.headers)) to.setHeader(name, value)
      })
      .pipe(response)
  }

  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') response.writeHead(405, { allow: 'GET, HEAD' }).end()
    else answer(request, response).catch(() => response.destroy())
  }
}

/** Where a file would lie, or null for what is not inside, a directory, or hidden. What `send` does itself holds for all that gets that far. */
function inside(root: string, path: string): string | null {
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return null
  }
  if (decoded.includes('\0') || /(^|[\\/])\./.test(decoded)) return null
  const file = normalize(join(root, decoded.endsWith('/') ? `${decoded}index.html` : decoded))
  return file.startsWith(root + sep) ? file : null
}

/** The best coding in which the file lies beside itself. Directories' indexes are not looked for: `send` finds them. */
async function readyMade(file: string, accepted: readonly Encoding[]): Promise<Encoding | null> {
  for (const encoding of accepted) {
    const found = await stat(file + encoding.extension).catch(() => null)
    if (found?.isFile()) return encoding
  }
  return null
}

function sendWhole(request: IncomingMessage, response: ServerResponse, file: CompressedFile): void {
  const verdict = preconditions(request.headers, file)
  if (verdict === 'failed') {
    for (const name of OF_CONTENT) response.removeHeader(name)
    response.writeHead(412).end()
  } else if (verdict === 'fresh') {
    for (const name of ['content-encoding', 'content-type']) response.removeHeader(name)
    response.writeHead(304).end()
  } else if (request.method === 'HEAD') response.writeHead(200, { 'content-length': file.content.length }).end()
  else response.end(file.content)
}

/** What a response that has none of the file's content does not say. */
const OF_CONTENT = ['content-encoding', 'content-type', 'etag', 'last-modified', 'cache-control'] as const
