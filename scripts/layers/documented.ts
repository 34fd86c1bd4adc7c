// What a package exports has a doc comment: it is what users read, in their editor and in the reference (`npm run docs`).
import { posix } from 'node:path'
import type { Problem, SourceFile, Tree } from './tree.ts'

/** `export { a, type B } from './file.ts'`, the shape of every entry point. */
const EXPORT = /^export (?:type )?\{(?<names>[^}]*)\} from '(?<target>[^']+)'/gm

const NAME = /^(?:type )?(?<name>\w+)(?: as \w+)?$/

export function documented(tree: Tree): Problem[] {
  const files = new Map(tree.files.map((file) => [file.path, file]))
  const entries = new Set(tree.manifests.flatMap(({ path, text }) => entryPoints(path, text)))
  return [...entries].flatMap((path) => {
    const entry = files.get(path)
    return entry === undefined ? [] : undocumented(entry, files)
  })
}

/** The sources that a manifest's `exports` lead to in this repository. */
function entryPoints(path: string, text: string): string[] {
  const { exports = {} } = JSON.parse(text) as { exports?: Record<string, { source?: string }> }
  return Object.values(exports).flatMap(({ source }) => (source === undefined ? [] : [posix.join(posix.dirname(path), source)]))
}

function undocumented(entry: SourceFile, files: ReadonlyMap<string, SourceFile>): Problem[] {
  return [...entry.text.matchAll(EXPORT)].flatMap(({ groups }) => {
    const file = files.get(posix.join(posix.dirname(entry.path), groups!.target!))
    if (file === undefined) return []
    return groups!.names!.split(',').flatMap((written) => {
      const name = NAME.exec(written.trim())?.groups?.name
      return name === undefined ? [] : lacksComment(name, file, files)
    })
  })
}

function lacksComment(name: string, file: SourceFile, files: ReadonlyMap<string, SourceFile>): Problem[] {
  const declaration = new RegExp(
    `^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\\*?|class|interface|type) ${name}\\b`,
    'm',
  )
  const at = file.text.search(declaration)
  if (at === -1) return passedOn(name, file, files)
  if (/\*\/\n$/.test(file.text.slice(0, at))) return []
  const line = file.text.slice(0, at).split('\n').length
  return [
    {
      path: file.path,
      line,
      what: `${name} is exported and has no doc comment`,
      instead: 'say what it is: unit, range, default, RFC section',
    },
  ]
}

/** The file exports the name of another one. */
function passedOn(name: string, file: SourceFile, files: ReadonlyMap<string, SourceFile>): Problem[] {
  for (const { groups } of file.text.matchAll(EXPORT)) {
    const names = groups!.names!.split(',').map((written) => NAME.exec(written.trim())?.groups?.name)
    const next = names.includes(name) ? files.get(posix.join(posix.dirname(file.path), groups!.target!)) : undefined
    if (next !== undefined) return lacksComment(name, next, files)
  }
  return []
}
