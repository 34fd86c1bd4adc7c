// The import statements of a file, found by shape; comments must have been blanked before.

export interface Import {
  /** As written: `./frame.ts`, `@millrace/bytes`, `node:net`. */
  readonly specifier: string
  /** From 1. */
  readonly line: number
  /** `import type` or `export type`: gone when the program runs. */
  readonly typeOnly: boolean
}

/** `import 'x'`, `import … from 'x'`, `export … from 'x'`; the clause between holds names, braces and commas alone. */
const STATEMENT =
  /^[ \t]*(?:import\s*|(?:import|export)\s+(?<clause>[\w$\s{},*]+?)\s*\bfrom\s*)(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>/gm

/** `import('x')` as an expression and in types, and `require('x')`. */
const CALL = /\b(?:import|require)\s*\(\s*(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>/g

export function importsOf(code: string): Import[] {
  return [...code.matchAll(STATEMENT), ...code.matchAll(CALL)].map((match) => ({
    specifier: match.groups?.specifier ?? '',
    line: lineAt(code, match.index + match[0].length),
    typeOnly: /^type\s+[\w{*]/.test(match.groups?.clause ?? ''),
  }))
}

function lineAt(text: string, index: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line++
  return line
}

/** The package that a bare specifier names: `@a/b/c` gives `@a/b`, `x/y` gives `x`; null for relative paths and `node:`. */
export function packageOf(specifier: string): string | null {
  if (specifier.startsWith('.') || specifier.startsWith('/') || specifier.startsWith('node:')) return null
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] as string)
}
