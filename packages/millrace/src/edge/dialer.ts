// Keeps a connection to a plugin that listens (YoMo's first way round): dials it, puts it in its stage, and dials again when it is gone.

import { type Address, formatAddress } from '../address.ts'
import { MillraceError } from '../error.ts'
import { introduce, type Peer } from '../peer.ts'
import type { Greeting } from '../protocol/greeting.ts'
import type { Report } from '../report.ts'
import { Backoff } from '../retry.ts'
import { type TrustOptions, trustFor } from '../tls/trust.ts'
import { dialTo, type Timings } from '../transport.ts'
import type { Stage } from './stage.ts'

export interface DialerOptions extends TrustOptions, Timings {
  readonly report: Report
  readonly signal: AbortSignal
  /** What the edge says of itself. */
  readonly own: Greeting
}

/** Runs until the signal is aborted. Never rejects: what fails is reported once and tried again. */
export async function keepDialing(stage: Stage, address: Address, options: DialerOptions): Promise<void> {
  const { report, signal } = options
  const backoff = new Backoff()
  let complaint = ''
  while (!signal.aborted) {
    try {
      const peer = await dialPlugin(stage.name, address, options)
      backoff.succeeded()
      complaint = ''
      report(`plugin '${stage.name}' is there, at ${formatAddress(address)}`)
      stage.attach(peer)
      await peer.closed
      if (!signal.aborted) report(`plugin '${stage.name}' is gone; its messages are kept, and it is dialled until it is back`)
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error)
      if (sentence !== complaint && !signal.aborted) report(`plugin '${stage.name}': ${sentence}; trying on`)
      complaint = sentence
    }
    await backoff.pause(signal)
  }
}

async function dialPlugin(name: string, address: Address, options: DialerOptions): Promise<Peer> {
  const session = await dialTo(address, trustFor(address, options), options.signal, options)
  const peer = await introduce(session, options.own)
  const { role, name: actual } = peer.greeting
  if (role === 'plugin' && actual === name) return peer
  const error = new MillraceError(
    'ERR_MILLRACE_NAME',
    `${formatAddress(address)} is ${role} '${actual}'; the workflow expects plugin '${name}' there`,
  )
  peer.fail(error)
  throw error
}
