// What a workflow may say: one strict schema gives the type, the checks and the messages. The keys are YoMo's.

import { z } from 'zod'

const name = z.string('is text').trim().min(1, 'is empty; give it a name').max(128, 'is longer than 128 characters')
const host = z.string('is a host name or address in quotes').min(1, 'is empty; write for example 127.0.0.1')
const port = z.int('is a whole number, 1 to 65535').min(0, 'is below 0').max(65_535, 'is over 65535')

const plugin = z.strictObject(
  { name, host: host.optional(), port: port.min(1, 'is a port to dial, 1 to 65535').optional() },
  {
    error: ({ code, input }) =>
      code === 'invalid_type' ? `is no plugin; write \`- name: ${typeof input === 'string' ? input : 'EchoPlugin'}\`` : undefined,
  },
)

/** A plugin's place in a workflow. */
export interface WorkflowPlugin {
  /** Matched with the name that the plugin gives of itself. */
  readonly name: string
  /** Where the edge dials it. Default: the workflow's host. */
  readonly host?: string | undefined
  /** The port at which the edge dials it; without one, the plugin dials the edge. */
  readonly port?: number | undefined
}

/** An edge: where it listens and which plugins data is driven through, in order. */
export interface Workflow {
  readonly name: string
  /** Host name or address to listen on. In a file: default 127.0.0.1. */
  readonly host: string
  /** UDP port to listen on; 0 takes any that is free. In a file: default 4241. */
  readonly port: number
  /** In the order in which messages go through them. */
  readonly plugins: readonly WorkflowPlugin[]
}

export const workflowSchema: z.ZodType<Workflow> = z.strictObject({
  name,
  host: host.default('127.0.0.1'),
  port: port.default(4241),
  plugins: z.array(plugin, 'is a list of plugins, each with a name').max(256, 'has over 256 entries').default([]),
})
