// Pure code knows no socket, timer, clock, randomness, process or console, so that a whole connection replays from a seed:
// time and random bytes are arguments, and the world reaches it through interfaces that others implement.
import { packageOf } from './imports.ts'
import type { Problem, SourceFile, Tree } from './tree.ts'

/** Pure folders, and what they may import besides themselves. */
const PURE: readonly { folder: string; imports: readonly string[] }[] = [
  { folder: 'packages/bytes/src/', imports: [] },
  { folder: 'packages/netsim/src/', imports: [] },
  { folder: 'packages/y3/src/', imports: ['@millrace/bytes'] },
  { folder: 'packages/quic/src/core/', imports: ['@millrace/bytes', 'node:buffer'] },
  { folder: 'packages/http3/src/core/', imports: ['@millrace/bytes', 'node:buffer'] },
]

const TIME = 'take the time as an argument'
const RANDOM = 'take random bytes as an argument'
const RIM = 'leave it to the code at the rim'

const FORBIDDEN: readonly { name: RegExp; instead: string }[] = [
  { name: /setTimeout|setInterval|setImmediate|queueMicrotask/, instead: 'answer wakeAt() and let the caller hold the timer' },
  { name: /Date\.now|new Date\b|performance\./, instead: TIME },
  { name: /Math\.random|crypto\.(?:getRandomValues|randomUUID|subtle)/, instead: RANDOM },
  { name: /process\.|console\.|globalThis\b|fetch\(|require\(/, instead: RIM },
]

export function purity(tree: Tree): Problem[] {
  return tree.files.flatMap((file) => {
    const pure = PURE.find(({ folder }) => file.path.startsWith(folder))
    return pure === undefined || file.isTest ? [] : [...impureImports(file, pure.folder, pure.imports), ...impureNames(file)]
  })
}

function impureImports(file: SourceFile, folder: string, allowed: readonly string[]): Problem[] {
  return file.imports.flatMap(({ specifier, line }) => {
    const inside = specifier.startsWith('.') && new URL(specifier, `file:///${file.path}`).pathname.startsWith(`/${folder}`)
    if (inside || allowed.includes(packageOf(specifier) ?? specifier)) return []
    return [
      { path: file.path, line, what: `pure code imports ${specifier}`, instead: 'declare an interface here and let the rim implement it' },
    ]
  })
}

function impureNames(file: SourceFile): Problem[] {
  return file.code.split('\n').flatMap((text, index) =>
    FORBIDDEN.flatMap(({ name, instead }) => {
      const found = new RegExp(`(?<![\\w$.#])(?:${name.source})`).exec(text)
      return found === null ? [] : [{ path: file.path, line: index + 1, what: `pure code uses ${found[0].replace(/[.(]$/, '')}`, instead }]
    }),
  )
}
