// Finds what to run. In the repository that is the TypeScript sources, by the export condition `source`; installed, it is `dist`.
import { existsSync } from 'node:fs'
import { enableCompileCache, registerHooks } from 'node:module'

const here = import.meta.url
const isRepository = existsSync(new URL('../src/bin.ts', here))

// Half of the time to start goes into compiling; Node keeps the outcome in the directory for temporary files, or where NODE_COMPILE_CACHE says.
enableCompileCache()

/** Packages that a plugin may import without having installed them: it gets the copies that run it. */
const OWN = /^(?:millrace|@millrace\/[^/]+|rxjs)(?:\/|$)/

registerHooks({
  resolve(specifier, context, nextResolve) {
    const conditions = isRepository ? [...(context.conditions ?? []), 'source'] : context.conditions
    try {
      return nextResolve(specifier, { ...context, conditions })
    } catch (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || !OWN.test(specifier)) throw error
      return nextResolve(specifier, { ...context, conditions, parentURL: here })
    }
  },
})

// Node 22 strips types and says each time that this is experimental. Only that sentence is held back.
const { emitWarning } = process
process.emitWarning = (warning, ...rest) => {
  if (!String(warning).startsWith('Type Stripping is an experimental feature')) emitWarning.call(process, warning, ...rest)
}

await import(isRepository ? '../src/bin.ts' : '../dist/bin.js')
