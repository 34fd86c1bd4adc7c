// Lets Wireshark's dissector, which we did not write either, look for malformed packets in what the relay recorded.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

interface Record {
  readonly file: string
  /** The server's port: what goes there is QUIC. */
  readonly port: number
  /** The file with the TLS secrets of the run. */
  readonly keylog: string
}

/** What must not be there, and what must: without decrypted STREAM frames the first would hold of any record. */
const MALFORMED = '_ws.malformed || quic.decryption_failed'
const STREAM_FRAMES = 'quic.frame_type >= 8 && quic.frame_type <= 15'

const TIMEOUT_MILLIS = 120_000
const LONGEST_OUTPUT = 64 * 1024 * 1024

/** What is wrong with the packets, in a sentence; null when all can be decrypted and are well formed. */
export async function dissect(record: Record): Promise<string | null> {
  const malformed = await packets(record, MALFORMED)
  if (malformed.length > 0) return `${malformed.length} malformed packets in ${record.file}, the first is number ${malformed[0]}`
  const decrypted = await packets(record, STREAM_FRAMES)
  return decrypted.length > 0 ? null : `no STREAM frame in ${record.file} could be decrypted with ${record.keylog}`
}

/** Why it cannot be done and how to change that, in a sentence; null when tshark is there. */
export async function dissectorMissing(): Promise<string | null> {
  const found = await promisify(execFile)('tshark', ['--version']).catch(() => null)
  return found === null ? "tshark is missing; on Debian 'bash interop/install.sh' as root installs it" : null
}

/** Numbers of the packets that a display filter selects. */
async function packets({ file, port, keylog }: Record, filter: string): Promise<string[]> {
  const decode = ['-o', `tls.keylog_file:${keylog}`, '-d', `udp.port==${port},quic`]
  const args = ['-r', file, ...decode, '-Y', filter, '-T', 'fields', '-e', 'frame.number']
  const { stdout } = await promisify(execFile)('tshark', args, { maxBuffer: LONGEST_OUTPUT, timeout: TIMEOUT_MILLIS })
  return stdout.split('\n').filter((line) => line !== '')
}
