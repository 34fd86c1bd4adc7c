// Content codings, the one that makes files smallest first. RFC 9110 section 8.4.1, RFC 7932 (br), RFC 8878 (zstd).
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib'
import Negotiator from 'negotiator'

/** A content coding: its name, what it adds to a file's name, and how a file is compressed while its reader waits. */
export interface Encoding {
  readonly name: string
  readonly extension: string
  compress(content: Uint8Array): Promise<Uint8Array>
}

/** Levels at which compression costs milliseconds and saves nearly what the highest do. */
const [BROTLI_LEVEL, GZIP_LEVEL, ZSTD_LEVEL] = [5, 6, 6]

/** All that are served. */
export const ENCODINGS: readonly Encoding[] = [
  {
    name: 'br',
    extension: '.br',
    compress: (content) => promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_LEVEL } }),
  },
  {
    name: 'zstd',
    extension: '.zst',
    compress: (content) => promisify(zstdCompress)(content, { params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } }),
  },
  { name: 'gzip', extension: '.gz', compress: (content) => promisify(gzip)(content, { level: GZIP_LEVEL }) },
]

/** `preferred` is newer than the library's types: among codings that the client likes alike, ours decides. */
interface Preferring {
  encodings(available: readonly string[], options: { readonly preferred: readonly string[] }): string[]
}

/** Those that a client takes and wants more than none, the best first. RFC 9110 section 12.5.3. */
export function acceptedEncodings(acceptEncoding: string | undefined): readonly Encoding[] {
  if (acceptEncoding === undefined) return []
  const preferred = ENCODINGS.map(({ name }) => name)
  const negotiator: Preferring = new Negotiator({ headers: { 'accept-encoding': acceptEncoding } })
  const wanted = negotiator.encodings([...preferred, 'identity'], { preferred })
  return wanted
    .slice(0, wanted.includes('identity') ? wanted.indexOf('identity') : undefined)
    .map((name) => ENCODINGS[preferred.indexOf(name)]!)
}
