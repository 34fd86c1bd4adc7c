// TLS of all runs of a thread: one certificate, whose size and whose signatures' sizes are always the same, as then are those of the datagrams; and
// tickets of earlier sessions, with the server that all runs have and with another.
import { TlsContext } from '@millrace/native'
import { createCertificate } from '../packages/native/test/certificates.ts'
import { converse, eventsOf, releaseAll } from '../packages/native/test/handshake.ts'
import { VERSION_1 } from '../packages/quic/src/core/wire/version.ts'
import type { EarlyPlan } from './entry.ts'

/**
 * What servers put into tickets. OpenSSL's part of a ticket is a byte longer or shorter by chance, and all of it is encrypted in blocks of 16: with so many of
 * ours, chance does not decide how many blocks there are.
 */
export const TICKET_DATA: Uint8Array = new Uint8Array(20)

export class Contexts {
  readonly client: TlsContext
  readonly server: TlsContext
  readonly #tickets: { readonly known: Uint8Array; readonly unknown: Uint8Array }

  constructor() {
    const certificate = createCertificate({ name: 'localhost', hosts: ['localhost'], key: 'Ed25519' })
    const server = (): TlsContext => new TlsContext({ side: 'server', alpn: ['sim'], sni: { '*': certificate }, earlyData: true })
    this.client = new TlsContext({ side: 'client', alpn: ['sim'], ca: certificate.certs })
    this.server = server()
    const stranger = server()
    this.#tickets = { known: ticketOf(this.client, this.server), unknown: ticketOf(this.client, stranger) }
    stranger.release()
  }

  ticket(answer: EarlyPlan['answer']): Uint8Array {
    return this.#tickets[answer === 'unknown' ? 'unknown' : 'known']
  }

  release(): void {
    this.client.release()
    this.server.release()
  }
}

function ticketOf(client: TlsContext, server: TlsContext): Uint8Array {
  const parameters = { transportParameters: Buffer.of(), version: VERSION_1 }
  const sides = converse(
    client.session({ ...parameters, servername: 'localhost' }),
    server.session({ ...parameters, ticketData: TICKET_DATA, earlyData: () => false }),
  )
  const event = eventsOf(sides.client, 'ticketReceived')[0]!
  releaseAll(sides)
  return event.ticket
}
