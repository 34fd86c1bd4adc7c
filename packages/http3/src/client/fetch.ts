// fetch by the WHATWG's standard, carried by our dispatcher: redirects, streams, abort and the rest are undici's, which Node's own fetch is.
import { type Dispatcher, FormData, Request, type RequestInit, type Response, fetch as undiciFetch } from 'undici'
import { Agent } from './agent.ts'

/** What undici's fetch takes, and what Node's own has made. */
export type FetchInput = string | URL | Request | globalThis.Request

/** As undici has it: `dispatcher` names the agent that carries this one request. */
export interface FetchInit extends Omit<RequestInit, 'body'> {
  /** Also a FormData of Node's own. */
  readonly body?: RequestInit['body'] | globalThis.FormData
}

/**
 * Fetches by HTTP/3 where it is known to be, and by HTTP/2 or 1.1 otherwise. By the process's own agent, unless `init.dispatcher` names another. Rejects with a TypeError
 * whose `cause` tells why, or with the signal's reason. https://fetch.spec.whatwg.org
 */
export async function fetch(input: FetchInput, init: FetchInit = {}): Promise<Response> {
  const dispatcher: Dispatcher = init.dispatcher ?? agentOfProcess()
  const body = init.body instanceof globalThis.FormData ? ours(init.body) : init.body
  const given = { ...init, dispatcher, ...(body !== undefined && { body }) } as RequestInit
  return undiciFetch(isForeign(input) ? ourRequest(input) : (input as string | URL | Request), given)
}

/** Where the process's agent is: known to each copy of this package, so that all share one. */
const AGENT = Symbol.for('millrace.http3.agent')

type Holder = typeof globalThis & { [AGENT]?: Agent }

function agentOfProcess(): Agent {
  const holder = globalThis as Holder
  holder[AGENT] ??= new Agent()
  return holder[AGENT]
}

/** A Request that Node's own fetch made: undici as a package knows only its own. */
function isForeign(input: FetchInput): input is globalThis.Request {
  return input instanceof globalThis.Request && !((input as unknown) instanceof Request)
}

function ourRequest(foreign: globalThis.Request): Request {
  const { url, method, body, redirect, signal, referrer, referrerPolicy, mode, credentials, cache, integrity, keepalive } = foreign
  return new Request(url, {
    method,
    headers: [...foreign.headers],
    redirect,
    signal,
    referrer,
    referrerPolicy,
    credentials,
    cache,
    integrity,
    keepalive,
    ...(mode !== 'navigate' && { mode }),
    ...(body !== null && { body, duplex: 'half' as const }),
  } as RequestInit)
}

function ours(foreign: globalThis.FormData): FormData {
  const form = new FormData()
  for (const [name, value] of foreign) {
    if (typeof value === 'string') form.append(name, value)
    else form.append(name, value, value.name)
  }
  return form
}
