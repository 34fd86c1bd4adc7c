// V8 makes a function in its old generation where it is written as the value of an assignment to a property, as it does for methods of a prototype. What it leads to
// then outlives every scavenge: a connection, a stream or a request, whole, until the old generation is collected (docs/performance.md has the figures).
import type { Problem, Tree } from './tree.ts'

/** Whose objects come and go by the thousand. */
const PLACES = ['packages/native/src/', 'packages/quic/src/', 'packages/http3/src/']

/** `x.y = () =>`, also with `??=`, with `async`, in parentheses and on the next line. Parentheses of parameters may hold others. */
const ASSIGNED =
  /[\w\])]\.#?\w+\s*(?:\?\?|\|\||&&)?=\s*\(?(?:async\s+)?(?:function\b|\w+\s*=>|\((?:[^()]|\([^()]*\))*\)\s*(?::[^=;{}]+)?=>)/g

export function oldFunctions(tree: Tree): Problem[] {
  return tree.files
    .filter(({ path, isTest }) => PLACES.some((place) => path.startsWith(place)) && !isTest)
    .flatMap(({ path, code }) =>
      [...code.matchAll(ASSIGNED)].map(({ index }) => ({
        path,
        line: code.slice(0, index).split('\n').length,
        what: 'a function is made where it is assigned to a property, and so in the old generation of V8',
        instead: 'name it in a constant or a field, and assign that',
      })),
    )
}
