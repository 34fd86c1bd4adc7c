// Programs of Koa, for tables of what they do.
import type { RequestListener } from 'node:http'
import Koa, { type Context } from 'koa'

/** What a program does with a request; whoever comes behind it does nothing. */
export type Answers = (context: Context) => unknown

/** A program of one function. */
export type Program = readonly [answers: Answers]

/** What Koa would have its server call. */
export function listenerOf([answers]: Program): RequestListener {
  const app = new Koa({ env: 'test' })
  app.silent = true
  app.use(async (context, next) => {
    await answers(context)
    await next()
  })
  return app.callback()
}
