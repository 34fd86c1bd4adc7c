import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { check } from './layers.ts'

/** What the check says about a tree of these files: `path:line: what`. */
function verdict(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'layers-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return check(root).map(({ path, line, what }) => `${path}:${line}: ${what}`)
  } finally {
    rmSync(root, { recursive: true })
  }
}

function manifest(name: string, ...dependencies: string[]): string {
  return JSON.stringify({ name, dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency, '1.0.0'])) }, null, 2)
}

test('a tree that keeps the rules has no problems', () => {
  assert.deepEqual(
    verdict({
      'packages/bytes/package.json': manifest('@millrace/bytes'),
      'packages/bytes/src/index.ts': "export { read } from './reader.ts'\n",
      'packages/bytes/src/reader.ts': 'export const read = 1\n',
      'packages/y3/package.json': manifest('@millrace/y3', '@millrace/bytes'),
      'packages/y3/src/index.ts': "import { read } from '@millrace/bytes'\nexport const packet = read\n",
      'ARCHITECTURE.md': 'Start at `packages/bytes/src/reader.ts`, then [this](packages/y3/src).\n',
    }),
    [],
  )
})

test('a dependency against the direction is named with its line', () => {
  const problems = verdict({
    'packages/quic/package.json': manifest('@millrace/quic'),
    'packages/native/package.json': manifest('@millrace/native', '@millrace/quic'),
    'packages/native/src/index.ts': "// first line\nimport {\n  connect,\n} from '@millrace/quic'\nexport { connect }\n",
  })
  assert.deepEqual(problems, ['packages/native/src/index.ts:4: native imports @millrace/quic'])
})

test('types, re-exports, dynamic and bare imports count as imports; look-alikes in text do not', () => {
  const importing = (statement: string) =>
    verdict({ 'packages/quic/package.json': manifest('@millrace/quic'), 'packages/netsim/src/a.ts': `${statement}\n` }).length
  for (const statement of [
    "import type { A } from '@millrace/quic'",
    "export * from '@millrace/quic'",
    "import '@millrace/quic'",
    "const quic = await import('@millrace/quic')",
    "type Quic = import('@millrace/quic').Quic",
  ]) {
    assert.ok(importing(statement) > 0, statement)
  }
  for (const text of [
    "// import '@millrace/quic'",
    "/*\nimport '@millrace/quic'\n*/",
    "export const from = '@millrace/quic'",
    "export interface A { readonly type: '@millrace/quic' }",
  ]) {
    assert.equal(importing(text), 0, text)
  }
})

test('a relative import stays in its package', () => {
  const problems = verdict({
    'packages/bytes/src/reader.ts': 'export const read = 1\n',
    'packages/quic/src/a.ts': "export * from '../../bytes/src/reader.ts'\n",
  })
  assert.deepEqual(problems, ['packages/quic/src/a.ts:1: ../../bytes/src/reader.ts reaches out of its package'])
})

test("tests share the helpers of other packages' tests, and nothing else of theirs", () => {
  const problems = verdict({
    'packages/native/test/certificates.ts': '',
    'packages/native/src/arena.ts': '',
    'packages/quic/test/pair.ts': "import '../../native/test/certificates.ts'\nimport '../../native/src/arena.ts'\n",
  })
  assert.deepEqual(problems, ['packages/quic/test/pair.ts:2: ../../native/src/arena.ts reaches out of its package'])
})

test('published code does not import test code', () => {
  const problems = verdict({
    'packages/quic/src/testing/pair.ts': 'export const pair = 1\n',
    'packages/quic/src/a.ts': "export * from './testing/pair.ts'\n",
    'packages/quic/src/a.test.ts': "import './testing/pair.ts'\n",
  })
  assert.deepEqual(problems, ['packages/quic/src/a.ts:1: ./testing/pair.ts is test code'])
})

test('koffi has one importer', () => {
  const problems = verdict({
    'packages/native/package.json': manifest('@millrace/native', 'koffi'),
    'packages/native/src/binding.ts': "import koffi from 'koffi'\n",
    'packages/quic/package.json': manifest('@millrace/quic', 'koffi'),
    'packages/quic/src/a.ts': "import koffi from 'koffi'\n",
  })
  assert.deepEqual(problems, ['packages/quic/src/a.ts:1: koffi is imported outside packages/native/src/'])
})

test('rxjs in a second file is named in both', () => {
  const problems = verdict({
    'packages/millrace/package.json': manifest('millrace', 'rxjs'),
    'packages/millrace/src/a.ts': "import { map } from 'rxjs/operators'\n",
    'packages/millrace/src/b.ts': "import { Subject } from 'rxjs'\n",
  })
  assert.deepEqual(problems, [
    'packages/millrace/src/a.ts:1: rxjs is imported in 2 files',
    'packages/millrace/src/b.ts:1: rxjs is imported in 2 files',
  ])
})

for (const [code, name] of [
  ['setTimeout(f, 1)', 'setTimeout'],
  ['const now = Date.now()', 'Date.now'],
  ['const now = new Date()', 'new Date'],
  ['const now = performance.now()', 'performance'],
  ['const id = Math.random()', 'Math.random'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a program
  ['const line = `${process.pid}`', 'process'],
  ['console.log(1)', 'console'],
] as const) {
  test(`pure code may not use ${name}`, () => {
    assert.deepEqual(verdict({ 'packages/netsim/src/a.ts': `\n${code}\n` }), [`packages/netsim/src/a.ts:2: pure code uses ${name}`])
    assert.deepEqual(verdict({ 'packages/millrace/src/a.ts': code, 'packages/netsim/src/a.test.ts': code }), [])
  })
}

test('pure code may speak of the world in comments, strings and names of its own', () => {
  const code =
    "// Date.now() is the caller's\nconst a = 'console.log'\nconst b = /process.exit/\nconst c = path.process.now\nconst d = '\\'' + \"Math.random()\"\n"
  assert.deepEqual(verdict({ 'packages/quic/src/core/a.ts': code }), [])
})

test('pure code imports neither Node nor the rim', () => {
  const problems = verdict({
    'packages/quic/src/core/a.ts': "import { createHash } from 'node:crypto'\nimport type { Rim } from '../endpoint/rim.ts'\n",
    'packages/quic/src/endpoint/rim.ts': 'export type Rim = 1\n',
  })
  assert.deepEqual(problems, [
    'packages/quic/src/core/a.ts:1: pure code imports node:crypto',
    'packages/quic/src/core/a.ts:2: pure code imports ../endpoint/rim.ts',
  ])
})

test('imports and manifests agree', () => {
  const problems = verdict({
    'packages/millrace/package.json': manifest('millrace', 'zod'),
    'packages/millrace/src/index.ts': "import { parse } from 'yaml'\n",
    'packages/millrace/src/index.test.ts': "import fc from 'fast-check'\n",
  })
  assert.deepEqual(problems, [
    'packages/millrace/package.json:4: millrace declares zod and never imports it',
    'packages/millrace/src/index.ts:1: yaml is not a dependency of millrace',
  ])
})

test('what an entry point exports has a doc comment, wherever it is declared', () => {
  const exports = { '.': { source: './src/index.ts', default: './dist/index.js' } }
  const problems = verdict({
    'packages/bytes/package.json': JSON.stringify({ name: '@millrace/bytes', exports }),
    'packages/bytes/src/index.ts': "export { read, type Reader } from './reader.ts'\nexport { passed } from './pass.ts'\n",
    'packages/bytes/src/reader.ts':
      '/** Reads. */\nexport function read(): void {}\nexport interface Reader {}\n/** Not exported by the package. */\n\nexport const other = 1\n',
    'packages/bytes/src/pass.ts': "export { passed } from './end.ts'\n",
    'packages/bytes/src/end.ts': '// not for users\nexport const passed = 1\n',
  })
  assert.deepEqual(problems, [
    'packages/bytes/src/end.ts:2: passed is exported and has no doc comment',
    'packages/bytes/src/reader.ts:3: Reader is exported and has no doc comment',
  ])
})

test('a path or link in the documents that leads nowhere is named', () => {
  const problems = verdict({
    'ARCHITECTURE.md': 'See `packages/quic/src/gone.ts`.\n',
    'docs/a.md': '\n[there](gone.md#part) [out](https://example.org/a)\n',
  })
  assert.deepEqual(problems, ['ARCHITECTURE.md:1: packages/quic/src/gone.ts does not exist', 'docs/a.md:2: docs/gone.md does not exist'])
})

test('a file of 501 lines is too long, one of 500 is not', () => {
  const problems = verdict({ 'packages/quic/src/a.ts': 'f()\n'.repeat(500), 'packages/quic/src/b.ts': 'f()\n'.repeat(501) })
  assert.deepEqual(problems, ['packages/quic/src/b.ts:501: the file has 501 lines, more than 500'])
})

test('files that import each other are named in a ring; types alone make no ring', () => {
  const problems = verdict({
    'packages/quic/src/a.ts': "import './b.ts'\n",
    'packages/quic/src/b.ts': "import './c.ts'\n",
    'packages/quic/src/c.ts': "import './a.ts'\nimport type { D } from './d.ts'\n",
    'packages/quic/src/d.ts': "import './c.ts'\nexport type D = 1\n",
  })
  assert.deepEqual(problems, [
    'packages/quic/src/c.ts:1: files import each other: packages/quic/src/a.ts -> packages/quic/src/b.ts -> packages/quic/src/c.ts -> packages/quic/src/a.ts',
  ])
})

test('a function that is written where it is assigned to a property is named with its line, and one with a name is not', () => {
  const lines = (text: string) =>
    verdict({ 'packages/quic/src/a.ts': text, 'packages/quic/src/a.test.ts': text, 'packages/y3/src/a.ts': text })
  for (const old of [
    'this.#tell = (ticket) => keep(ticket)',
    'stream.onreset = async (code: bigint): Promise<void> => done(code)',
    'this.#made ??= () => 1',
    'all[0].onreadable = function () {}',
    'a.b =\n  (take = other(1)) => take',
    'a.b = (() => 1)',
    'a.b = each => each',
  ]) {
    assert.deepEqual(lines(`const first = 1\n${old}\n`), [
      'packages/quic/src/a.ts:2: a function is made where it is assigned to a property, and so in the old generation of V8',
    ])
  }
  for (const young of [
    'const tell = (): void => {}\nthis.#tell = tell',
    'class A {\n  readonly #tell = (): void => {}\n}',
    'a.b = made(() => 1)',
    'a.b = { c: () => 1 }',
    'a.b = (c + d) * 2\nconst e = (): number => 1',
    'if (a.b === c) each((d) => d)',
  ]) {
    assert.deepEqual(lines(`${young}\n`), [])
  }
})

test('a global that is a getter is named where it is used and not imported', () => {
  const lines = (text: string) =>
    verdict({ 'packages/quic/src/a.ts': text, 'packages/quic/src/a.test.ts': text, 'packages/millrace/src/a.ts': text })
  assert.deepEqual(
    lines("const text = 'Buffer.alloc(1)' // performance.now()\nconst bytes = Buffer.alloc(1)\nconst now = performance.now()\n"),
    [
      'packages/quic/src/a.ts:2: the global Buffer is a getter that is called each time',
      'packages/quic/src/a.ts:3: the global performance is a getter that is called each time',
    ],
  )
  assert.deepEqual(lines("import { Buffer } from 'node:buffer'\nconst bytes = Buffer.alloc(1)\n"), [])
  assert.deepEqual(lines('const bytes: Buffer = ringBuffer.view\nconst now = own.performance.now()\n'), [])
})

test('a private getter or setter is named with its line, and neither a public one nor a private method is', () => {
  const lines = (text: string) =>
    verdict({ 'packages/bytes/src/a.ts': text, 'packages/bytes/src/a.test.ts': text, 'packages/y3/src/a.ts': text })
  assert.deepEqual(lines('class A {\n  get #one(): number {\n    return 1\n  }\n\n  static set #two(to: number) {}\n}\n'), [
    'packages/bytes/src/a.ts:2: a private accessor is a call of the runtime at each use',
    'packages/bytes/src/a.ts:6: a private accessor is a call of the runtime at each use',
  ])
  assert.deepEqual(lines('class A {\n  get one(): number {\n    return this.#one()\n  }\n\n  #one(): number {\n    return 1\n  }\n}\n'), [])
})
