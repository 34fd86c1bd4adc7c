// Programs of Fastify, for tables of what they do.
import type { RequestListener } from 'node:http'
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'

/** A program, and what Fastify itself is told. */
export interface Program {
  readonly build: (app: FastifyInstance) => unknown
  readonly options?: FastifyServerOptions
}

/** What Fastify would have its server call. */
export async function listenerOf({ build, options = {} }: Program): Promise<RequestListener> {
  const app = fastify(options)
  await build(app)
  await app.ready()
  return (request, response) => app.routing(request, response)
}
