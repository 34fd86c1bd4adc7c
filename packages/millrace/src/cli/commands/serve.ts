// `millrace serve`: a directory over HTTP/3, HTTP/2 and HTTP/1.1.

import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createServer, type HttpServer, staticFiles } from '@millrace/http3'
import { Command } from 'commander'
import { type Address, formatAddress, parseAddress } from '../../address.ts'
import { MillraceError } from '../../error.ts'
import { developmentIdentity, type Identity, identityFrom } from '../../tls/identity.ts'
import { reasonOf } from '../../transport.ts'
import { type Host, reportTo, untilAborted } from '../host.ts'
import { type IdentityFlags, readIdentity, withIdentity } from '../identity.ts'
import { wholeNumber } from '../numbers.ts'

interface Flags extends IdentityFlags {
  readonly listen: string
  readonly maxAge: number
}

const EXAMPLES = `
Examples:
  millrace serve
  millrace serve public --listen 0.0.0.0:443 --cert chain.pem --key key.pem --max-age 3600

Exit codes: 0 stopped by an interrupt, 1 failed while running, 2 usage, a directory or a certificate that is wrong, 3 cannot listen.`

export function serveCommand(host: Host): Command {
  const command = new Command('serve')
    .description('Serve a directory over HTTP/3, and over HTTP/2 and HTTP/1.1 on the same port')
    .argument('[dir]', 'what to serve', '.')
    .option('--listen <host:port>', 'where, on UDP and TCP', 'localhost:4433')
    .option('--max-age <seconds>', 'how long browsers may keep a file without asking again', wholeNumber, 0)
  return withIdentity(command)
    .addHelpText('after', EXAMPLES)
    .action((directory: string, flags: Flags) => serveDirectory(directory, flags, host))
}

async function serveDirectory(directory: string, flags: Flags, host: Host): Promise<void> {
  const path = resolve(host.cwd, directory)
  const found = await stat(path).catch(() => null)
  if (found === null || !found.isDirectory()) throw new MillraceError('ERR_MILLRACE_OPTION', `${directory}: there is no such directory`)
  const address = parseAddress(flags.listen, '--listen')
  const given = await readIdentity(flags, host.cwd)
  const identity = given === undefined ? await developmentIdentity(address.host) : identityFrom(given.certificate, given.key)
  const server = await listenAt(
    address,
    createServer({ key: identity.key, cert: identity.certificate }, staticFiles(path, { maxAge: flags.maxAge })),
  )
  tell(directory, { host: address.host, port: server.address()!.port }, identity, given === undefined, host)
  await untilAborted(host.signal)
  await server[Symbol.asyncDispose]()
}

async function listenAt(address: Address, server: HttpServer): Promise<HttpServer> {
  try {
    const listening = once(server, 'listening')
    server.listen(address.port, address.host)
    await listening
    return server
  } catch (cause) {
    const why = reasonOf(cause)
    throw new MillraceError('ERR_MILLRACE_LISTEN', `cannot listen on UDP and TCP ${formatAddress(address)}: ${why}`, { cause })
  }
}

function tell(directory: string, address: Address, identity: Identity, isDevelopment: boolean, host: Host): void {
  const report = reportTo(host)
  // What is listened on everywhere is reached here by its name.
  const name = address.host === '0.0.0.0' || address.host === '::' ? 'localhost' : address.host
  const authority = formatAddress({ host: name, port: address.port })
  report(`serving ${directory} at https://${authority}/ over HTTP/3, HTTP/2 and HTTP/1.1, certificate SHA-256 ${identity.fingerprint}`)
  if (!isDevelopment) return
  report('nobody has signed that certificate; a browser that takes it, and begins with HTTP/3:')
  report(
    `  chromium --user-data-dir="$(mktemp -d)" --origin-to-force-quic-on=${authority} ` +
      `--ignore-certificate-errors-spki-list=${publicKeyHash(identity.certificate)} https://${authority}/`,
  )
}

/** Base64 of the SHA-256 of the SubjectPublicKeyInfo, as RFC 7469 section 2.4 has it. */
function publicKeyHash(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}
