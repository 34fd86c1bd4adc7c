// V8 asks its runtime at each use of a private getter or setter, also in code that it has compiled for good (Runtime_LoadPrivateGetter in `perf`). A private
// method it calls, and puts in place.
import type { Problem, Tree } from './tree.ts'

/** Whose code runs for each packet, connection or request. */
const PLACES = ['packages/bytes/src/', 'packages/native/src/', 'packages/quic/src/', 'packages/http3/src/']

const DECLARED = /^\s*(?:static\s+)?(?:get|set)\s+#\w+\s*\(/gm

export function privateGetters(tree: Tree): Problem[] {
  return tree.files
    .filter(({ path, isTest }) => PLACES.some((place) => path.startsWith(place)) && !isTest)
    .flatMap(({ path, code }) =>
      [...code.matchAll(DECLARED)].map(({ index, 0: text }) => ({
        path,
        line: code.slice(0, index + text.search(/\S/)).split('\n').length,
        what: 'a private accessor is a call of the runtime at each use',
        instead: 'write a private method',
      })),
    )
}
