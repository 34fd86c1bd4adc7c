// `millrace get`: asks for a page by HTTP/3, or by what the server has instead.

import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { Agent } from '@millrace/http3'
import { Command, InvalidArgumentError, Option } from 'commander'
import { MillraceError } from '../../error.ts'
import { reasonOf } from '../../transport.ts'
import { unreachable } from '../get/failures.ts'
import { Progress } from '../get/progress.ts'
import { checkRedirects, parseUrl, type RequestFlags, readRequest, redirected } from '../get/request.ts'
import { TimedLookup } from '../get/timed-lookup.ts'
import { type Head, type Outcome, type TransferRequest, transfer } from '../get/transfer.ts'
import type { Host } from '../host.ts'

interface Flags extends RequestFlags {
  readonly include?: boolean
  readonly verbose?: boolean
  readonly output?: string
  readonly location?: boolean
  readonly fail?: boolean
  readonly silent?: boolean
  readonly timing?: boolean
  readonly http3Only?: boolean
  readonly cacert?: string
  readonly insecure?: boolean
  readonly maxTime?: number
}

/** Milliseconds that HTTP/3 has alone: a person does not notice it, and a server that has HTTP/3 is spared a second connection. RFC 8305 section 5 has as much. */
const HEAD_START = 250

const NAMES = { h3: 'HTTP/3', h2: 'HTTP/2', 'http/1.1': 'HTTP/1.1' } as const

const EXAMPLES = `
HTTP/3 is tried first, and HTTP/2 or 1.1 where the server, or the way to it, has none.

Examples:
  millrace get https://example.com/
  millrace get -v --http3-only https://localhost:4433/ --cacert localhost.pem
  millrace get -L -o image.iso https://example.com/image.iso
  millrace get -d '{"on":true}' -H 'content-type: application/json' https://example.com/lamp
  millrace get --timing -o /dev/null https://example.com/

Exit codes: 0 there was a response (with -f: one below 400), 1 there was none, 2 usage.`

export function getCommand(host: Host): Command {
  return new Command('get')
    .description('Get a page by HTTP/3')
    .argument('<url>', 'the address; https unless it says otherwise')
    .option('-i, --include', 'print status and fields before the content')
    .option('-I, --head', 'ask for status and fields alone, and print them')
    .option('-v, --verbose', 'tell on standard error what is sent and received')
    .option('-o, --output <file>', 'write the content to a file')
    .addOption(new Option('-H, --header <field>', "send a field, 'name: value'; may be repeated").argParser(collect).default([], 'none'))
    .option('-X, --request <method>', 'the method (default: GET, or POST with -d)')
    .addOption(
      new Option('-d, --data <text>', 'send content; @file and @- read it; may be repeated').argParser(collect).default([], 'none'),
    )
    .option('-L, --location', 'follow redirects, 20 at most')
    .option('-f, --fail', 'end with 1 when the status is 400 or above, and print no content')
    .option('-s, --silent', 'no progress bar')
    .option('--timing', 'tell on standard error what took how long')
    .option('--http3-only', 'HTTP/3 or nothing')
    .option('--cacert <file>', 'PEM certificate authorities to trust (default: those of the system)')
    .option('-k, --insecure', 'take any certificate')
    .option('-m, --max-time <seconds>', 'give up after so long', seconds)
    .addHelpText('after', EXAMPLES)
    .action((url: string, flags: Flags) => get(url, flags, host))
}

async function get(address: string, flags: Flags, host: Host): Promise<void> {
  const url = parseUrl(address)
  if (flags.http3Only && url.protocol === 'http:')
    throw new MillraceError('ERR_MILLRACE_OPTION', `--http3-only: HTTP/3 is for https alone; give ${url.href.replace('http:', 'https:')}`)
  const ca = flags.cacert === undefined ? undefined : await readAuthorities(flags.cacert, host)
  const late = flags.maxTime === undefined ? null : AbortSignal.timeout(flags.maxTime * 1000)
  const signal = late === null ? host.signal : AbortSignal.any([host.signal, late])
  const first = await readRequest(url, flags, host, signal)
  const names = new TimedLookup()
  const agent = new Agent({
    lookup: names.lookup,
    http3: flags.http3Only ? 'only' : 'assumed',
    headStart: HEAD_START,
    ...(ca !== undefined && { ca }),
    ...(flags.insecure && { rejectUnauthorized: false }),
  })
  let request = first
  try {
    for (let count = 1; ; count++) {
      const outcome = await new Exchange(request, flags, host).run(agent, names)
      const next = flags.location ? redirected(request, outcome.head.status, fieldOf(outcome.head, 'location')) : null
      if (next === null) return checkStatus(outcome.head, request.url, flags)
      checkRedirects(count, request.url)
      request = next
    }
  } catch (error) {
    if (late?.aborted) throw new MillraceError('ERR_MILLRACE_UNREACHABLE', tooLate(request.url, flags.maxTime!), { cause: error })
    const { errored } = host.stdout
    if (errored !== null && !('code' in errored && errored.code === 'EPIPE'))
      throw new MillraceError('ERR_MILLRACE_CLOSED', `standard output cannot be written: ${reasonOf(errored)}`, { cause: error })
    if (host.signal.aborted)
      throw new MillraceError('ERR_MILLRACE_CLOSED', `${request.url.host}: stopped before it was done`, { cause: error })
    throw unreachable(request.url, error)
  } finally {
    await agent.destroy()
  }
}

/** One request, and what is printed of it. */
class Exchange {
  readonly #request: TransferRequest
  readonly #flags: Flags
  readonly #host: Host
  #file: Writable | null = null
  #progress: Progress | null = null

  constructor(request: TransferRequest, flags: Flags, host: Host) {
    this.#request = request
    this.#flags = flags
    this.#host = host
  }

  async run(agent: Agent, names: TimedLookup): Promise<Outcome> {
    if (this.#flags.verbose) this.#tellRequest()
    try {
      const outcome = await transfer(agent, this.#request, {
        head: (head) => this.#head(head),
        received: (count) => this.#progress?.add(count, Date.now()),
      })
      if (this.#flags.timing) this.#tellTimes(outcome, names.take())
      return outcome
    } finally {
      this.#progress?.end(Date.now())
      if (this.#file !== null) await closed(this.#file, this.#flags.output!)
    }
  }

  #head(head: Head): Writable | null {
    const { verbose, include, location, fail } = this.#flags
    if (verbose) for (const line of lines(head)) this.#say(`< ${line}`)
    if (head.status < 200) return null
    const isPassedOver =
      (location && redirected(this.#request, head.status, fieldOf(head, 'location')) !== null) || (fail && head.status >= 400)
    if (isPassedOver) return null
    const out = this.#out(head)
    if (include || this.#flags.head) out.write(`${lines(head).join('\r\n')}\r\n\r\n`)
    return out
  }

  #out(head: Head): Writable {
    const { output, silent } = this.#flags
    if (output === undefined || output === '-') return this.#host.stdout
    // An error is told when it is closed.
    this.#file = createWriteStream(resolve(this.#host.cwd, output)).on('error', () => {})
    const length = Number(fieldOf(head, 'content-length') ?? Number.NaN)
    if (!silent && 'isTTY' in this.#host.stderr && this.#host.stderr.isTTY)
      this.#progress = new Progress(this.#host.stderr, Number.isNaN(length) ? undefined : length, Date.now())
    return this.#file
  }

  #tellRequest(): void {
    const { url, method, headers } = this.#request
    this.#say(`* ${url.host}`)
    this.#say(`> ${method} ${url.pathname}${url.search}`)
    for (let at = 0; at < headers.length; at += 2) this.#say(`> ${headers[at]!.toLowerCase()}: ${headers[at + 1]}`)
    this.#say('>')
  }

  /** `lookedUp`: milliseconds that the name took; null where there was none to look up. */
  #tellTimes({ head, times: { began, connected, firstByte, ended }, received }: Outcome, lookedUp: number | null): void {
    const rows = [
      ['protocol', nameOf(head)],
      ...(lookedUp === null ? [] : [['name lookup', `${lookedUp} ms`]]),
      ['connected', `${connected - began} ms`],
      ['first byte', `${firstByte - began} ms`],
      ['total', `${ended - began} ms`],
      ['received', `${received} bytes`],
    ]
    for (const [name, value] of rows) this.#say(`${name!.padEnd(11)}  ${value}`)
  }

  #say(line: string): void {
    this.#host.stderr.write(`${line}\n`)
  }
}

function lines(head: Head): string[] {
  const found = [`${nameOf(head)} ${head.status}`]
  for (let at = 0; at < head.headers.length; at += 2) found.push(`${head.headers[at]}: ${head.headers[at + 1]}`)
  return found
}

function nameOf({ protocol }: Head): string {
  return protocol === null ? 'HTTP' : NAMES[protocol]
}

function fieldOf({ headers }: Head, name: string): string | undefined {
  for (let at = 0; at < headers.length; at += 2) if (headers[at]!.toLowerCase() === name) return headers[at + 1]
  return undefined
}

function checkStatus({ status }: Head, url: URL, { fail }: Flags): void {
  if (fail && status >= 400)
    throw new MillraceError('ERR_MILLRACE_UNREACHABLE', `${url.host}: the server answered ${status}; check the address`)
}

async function closed(file: Writable, path: string): Promise<void> {
  file.end()
  try {
    await finished(file)
  } catch (cause) {
    throw new MillraceError('ERR_MILLRACE_OPTION', `-o ${path}: cannot be written; give a path where you may write`, { cause })
  }
}

async function readAuthorities(path: string, host: Host): Promise<string> {
  const text = await readFile(resolve(host.cwd, path), 'utf8').catch((cause: unknown) => {
    throw new MillraceError('ERR_MILLRACE_OPTION', `--cacert ${path}: cannot be read; give the path of a PEM file`, { cause })
  })
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new MillraceError('ERR_MILLRACE_OPTION', `--cacert ${path}: holds no certificate; it begins with -----BEGIN CERTIFICATE-----`)
  return text
}

function tooLate({ host }: URL, maxTime: number): string {
  return `${host}: it took longer than ${maxTime} s; raise --max-time, or try again`
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function seconds(text: string): number {
  const number = Number(text)
  if (!(number > 0 && number <= 86_400) || text.trim() === '') throw new InvalidArgumentError('It is a number of seconds, above 0.')
  return number
}
