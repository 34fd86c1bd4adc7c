// Programs written for node:http, asked the same under node:https and under each version of HTTP here: what comes back must be the same.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener as NodeListener } from 'node:http'
import { createServer as createNodeServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { createServer } from '../../src/index.ts'
import { type Answer, type Asked, type Client, type Headers, http1Client, identity } from './client.ts'
import { servedBy } from './served.ts'

/** What is asked of a program: GET of `/` without content, unless said otherwise. A list is content in pieces, its length untold. */
export interface Question extends Omit<Asked, 'body'> {
  readonly path?: string
  readonly body?: string | readonly string[]
}

/** What must come of it. What is not named is held by node:https alone. */
export interface Expected {
  /** Default 200. */
  readonly status?: number
  /** Null: there must be none. */
  readonly headers?: Readonly<Record<string, string | string[] | RegExp | null>>
  readonly text?: string | RegExp
  readonly json?: unknown
  readonly trailers?: Readonly<Record<string, string>>
  /** The statuses of what came before. RFC 9110 section 15.2. */
  readonly interim?: readonly number[]
}

/** What is shown, the program that shows it, what is asked, what comes of it. */
export type Case<Program> = readonly [what: string, program: Program, question: Question, expected: Expected]

/** A test for each case: node:https says what is right, so that a mistake in the table is told from one in the server. */
export function alike<Program>(
  framework: string,
  listenerOf: (program: Program) => NodeListener | Promise<NodeListener>,
  cases: readonly Case<Program>[],
): void {
  const started = start(cases, listenerOf)
  for (const [index, [what, , question, expected]] of cases.entries()) {
    test(`${framework}: ${what}`, async () => {
      const { reference, host, clients } = await started
      const headers = { ...question.headers, [CASE]: String(index) }
      const right = await ask(reference, question, { ...headers, host })
      holds(right, expected, 'node:https')
      for (const client of clients) {
        const answer = await ask(client, question, headers)
        holds(answer, expected, `HTTP/${client.version}`)
        assert.deepEqual(comparable(answer), comparable(right), `HTTP/${client.version} as node:https`)
      }
    })
  }
}

/** Which case a request is of: all have one server, since a server for each would take minutes. */
const CASE = 'x-case'

/** What differs from one answer, or one version, to the next by its nature. RFC 9110 section 6.6.1, RFC 9112 section 6.1, RFC 7838. */
const OWN: ReadonlySet<string> = new Set([':status', 'date', 'connection', 'keep-alive', 'transfer-encoding', 'alt-svc'])

async function start<Program>(
  cases: readonly Case<Program>[],
  listenerOf: (program: Program) => NodeListener | Promise<NodeListener>,
): Promise<{ reference: Client; host: string; clients: readonly Client[] }> {
  const listeners = await Promise.all(cases.map(([, program]) => listenerOf(program)))
  const listener: NodeListener = (request, response) => listeners[Number(request.headers[CASE])]!(request, response)
  const node = createNodeServer(identity, listener)
  node.listen(0, '127.0.0.1')
  await once(node, 'listening')
  after(() => node.close())
  const { server, clients } = await servedBy(createServer(identity, listener))
  const reference = http1Client((node.address() as AddressInfo).port)
  return { reference, host: `localhost:${server.address()!.port}`, clients }
}

function ask(client: Client, { path = '/', body, ...question }: Question, headers: Headers): Promise<Answer> {
  if (body === undefined) return client.ask(path, { ...question, headers })
  if (typeof body !== 'string') return client.ask(path, { ...question, headers, body: pieces(body) })
  return client.ask(path, { ...question, headers: { 'content-length': String(Buffer.byteLength(body)), ...headers }, body })
}

async function* pieces(body: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of body) yield Buffer.from(piece)
}

function holds({ status, headers, text, trailers, interim }: Answer, expected: Expected, who: string): void {
  assert.equal(status, expected.status ?? 200, `${who}: ${text}`)
  for (const [name, value] of Object.entries(expected.headers ?? {})) {
    if (value instanceof RegExp) assert.match(String(headers[name]), value, who)
    else assert.deepEqual(headers[name] ?? null, value, `${who}: ${name}`)
  }
  if (expected.text instanceof RegExp) assert.match(text, expected.text, who)
  else if (expected.text !== undefined) assert.equal(text, expected.text, who)
  if (expected.json !== undefined) assert.deepEqual(JSON.parse(text), expected.json, who)
  if (expected.trailers !== undefined) assert.deepEqual(named(trailers), expected.trailers, who)
  if (expected.interim !== undefined) assert.deepEqual(statuses(interim), expected.interim, who)
}

function comparable({ status, headers, text, trailers, interim }: Answer): object {
  return { status, headers: named(headers), text, trailers: named(trailers), interim: statuses(interim) }
}

/** Without symbols, which node:http2 adds. */
function named(headers: Answer['headers']): Answer['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN.has(name)))
}

const statuses = (interim: Answer['interim']): number[] => interim.map(({ status }) => status)
