// Node's `Buffer` and `performance` are accessors of the global object: code that names them calls a getter each time, which V8 cannot take for a constant. What is
// imported it can (docs/performance.md has the figures).
import type { Problem, Tree } from './tree.ts'

/** Whose code runs for each packet, connection or request. */
const PLACES = ['packages/native/src/', 'packages/quic/src/', 'packages/http3/src/']

const ACCESSORS = [
  { name: 'Buffer', module: 'node:buffer', used: /(?<![\w$.#])Buffer\s*[.(]|\binstanceof Buffer\b/ },
  { name: 'performance', module: 'node:perf_hooks', used: /(?<![\w$.#])performance\./ },
] as const

export function askedGlobals(tree: Tree): Problem[] {
  return tree.files
    .filter(({ path, isTest }) => PLACES.some((place) => path.startsWith(place)) && !isTest)
    .flatMap(({ path, code, imports }) =>
      ACCESSORS.flatMap(({ name, module, used }) => {
        const found = imports.some(({ specifier }) => specifier === module) ? null : used.exec(code)
        if (found === null) return []
        const line = code.slice(0, found.index).split('\n').length
        return [{ path, line, what: `the global ${name} is a getter that is called each time`, instead: `import it from ${module}` }]
      }),
    )
}
