import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TlsContext, VERSION_2 } from '../src/index.ts'
import { createCertificate } from './certificates.ts'
import { converse, eventsOf, keysFit, releaseAll } from './handshake.ts'

const CLIENT_PARAMETERS = Buffer.from('client parameters')
const SERVER_PARAMETERS = Buffer.from('server parameters')

test("a server may answer the client's transport parameters with other ones, and in another version (RFC 9368 2.3, RFC 9369 4.1)", () => {
  const certificate = createCertificate({ name: 'localhost', hosts: ['localhost'] })
  const answer = Buffer.from('an answer')
  let heard: Uint8Array | null = null
  const server = new TlsContext({ side: 'server', alpn: ['a'], sni: { '*': certificate } })
  const client = new TlsContext({ side: 'client', alpn: ['a'], ca: certificate.certs })
  const dialling = client.session({ transportParameters: CLIENT_PARAMETERS, servername: 'localhost' })
  const sides = converse(
    dialling,
    server.session({
      transportParameters: SERVER_PARAMETERS,
      answer: (parameters) => {
        heard = parameters
        return { transportParameters: answer, version: VERSION_2 }
      },
    }),
    (from, _level, bytes) => {
      // What a client reads from the header of the packet that brings the answer.
      if (from === 'server') dialling.useVersion(VERSION_2)
      return bytes
    },
  )
  assert.deepEqual(heard, CLIENT_PARAMETERS)
  assert.deepEqual(eventsOf(sides.client, 'transportParametersReceived')[0]!.bytes, answer)
  keysFit(sides.client, sides.server)
  keysFit(sides.server, sides.client)
  releaseAll(sides)
  for (const context of [client, server]) context.release()
})
