// The repository as the rules see it: source files with their imports, package manifests, documents.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Import, importsOf } from './imports.ts'
import { blankComments, blankLiterals } from './lexer.ts'

/** A rule looks at the tree and names what breaks it. */
export type Rule = (tree: Tree) => Problem[]

export interface Problem {
  /** Path from the root. */
  readonly path: string
  /** From 1. */
  readonly line: number
  readonly what: string
  /** What to do about it. */
  readonly instead: string
}

export interface SourceFile {
  /** Path from the root, with forward slashes. */
  readonly path: string
  /** The folder under `packages/`, or null outside of it. */
  readonly workspace: string | null
  /** A test, a helper of tests (in a folder named `test` or `testing`), or part of the tools `sim` and `fuzz`: never published, and free to use what it needs. */
  readonly isTest: boolean
  readonly lines: number
  /** As it stands in the file. */
  readonly text: string
  /** The text with comments and the insides of strings blanked; lines and columns are as in the file. */
  readonly code: string
  readonly imports: readonly Import[]
}

export interface Manifest {
  readonly path: string
  readonly workspace: string
  readonly name: string
  readonly dependencies: readonly string[]
  /** The manifest's own lines, for saying where a dependency stands. */
  readonly text: string
}

export interface Tree {
  readonly files: readonly SourceFile[]
  readonly manifests: readonly Manifest[]
  readonly documents: readonly { path: string; text: string }[]
  exists(path: string): boolean
}

const SOURCES = ['packages/*/{src,test,bin,bench}/**/*.{ts,js}', '{scripts,sim,fuzz,interop,bench,conformance,reference,examples}/**/*.ts']
const DOCUMENTS = ['*.md', 'docs/**/*.md', 'packages/*/*.md', 'conformance/*.md']

export function readTree(root: string): Tree {
  const list = (patterns: string[]) =>
    globSync(patterns, { cwd: root, exclude: (path) => /(^|\/)(node_modules|dist|out)$/.test(path) })
      .map((path) => path.replaceAll('\\', '/'))
      .sort()
  const text = (path: string) => readFileSync(join(root, path), 'utf8')
  return {
    files: list(SOURCES).map((path) => sourceFile(path, text(path))),
    manifests: list(['packages/*/package.json']).map((path) => manifest(path, text(path))),
    documents: list(DOCUMENTS).map((path) => ({ path, text: text(path) })),
    exists: (path) => existsSync(join(root, path)),
  }
}

function sourceFile(path: string, text: string): SourceFile {
  const withoutComments = blankComments(text)
  return {
    path,
    workspace: /^packages\/([^/]+)\//.exec(path)?.[1] ?? null,
    isTest: /\.test\.ts$|\/test(ing)?\/|^(sim|fuzz|bench\/(core|report))\//.test(path),
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    text,
    code: blankLiterals(text),
    imports: importsOf(withoutComments),
  }
}

function manifest(path: string, text: string): Manifest {
  const json = JSON.parse(text) as { name: string; dependencies?: object; peerDependencies?: object; optionalDependencies?: object }
  return {
    path,
    workspace: path.split('/')[1] as string,
    name: json.name,
    dependencies: [json.dependencies, json.peerDependencies, json.optionalDependencies].flatMap((table) => Object.keys(table ?? {})),
    text,
  }
}
