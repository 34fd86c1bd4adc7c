// Documents name files that exist: links, and the paths that ARCHITECTURE.md and CONTRIBUTING.md lead readers to.
import { posix } from 'node:path'
import type { Problem, Tree } from './tree.ts'

const PATH = /(?<![\w./-])(?:packages|scripts|interop|bench|conformance|reference|docs|examples|\.ci)\/[\w./-]*/g
const LINK = /\]\((?<target>[^)#\s]+)(?:#[^)]*)?\)/g

/** Documents whose every mention of a path is checked; in the others, paths may be those of a user's project. */
const MAPS: ReadonlySet<string> = new Set(['ARCHITECTURE.md', 'CONTRIBUTING.md', 'README.md'])

export function documents(tree: Tree): Problem[] {
  return tree.documents.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        [...links(path, line), ...(MAPS.has(path) ? mentions(line) : [])]
          .filter((target) => !tree.exists(target))
          .map((target) => ({ path, line: index + 1, what: `${target} does not exist`, instead: 'name the file that took its place' })),
      ),
  )
}

function links(path: string, line: string): string[] {
  return [...line.matchAll(LINK)]
    .map(({ groups }) => groups?.target ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => posix.join(posix.dirname(path), target))
}

function mentions(line: string): string[] {
  return [...line.replace(LINK, '').matchAll(PATH)].map(([path]) => path.replace(/[./]+$/, ''))
}
