// Uses the packed packages as a stranger would: unpacked into a project of their own, imported by a plain `node`, type-checked from
// outside, the command run. Libraries of others are linked from this repository, and only those that a manifest declares.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { entriesOf, type Package } from './packages.ts'
import { checkSizes } from './sizes.ts'
import { stagedFolder } from './stage.ts'

const TIMEOUT_MILLIS = 120_000

/** Says in a line what was verified; throws when something fails. */
export function verify(root: string, out: string, packages: readonly Package[]): string {
  const project = mkdtempSync(join(tmpdir(), 'verify-'))
  try {
    const sizes = checkSizes(out, packages)
    for (const one of packages) install(project, pack(out, one), one)
    linkLibraries(root, project, packages)
    writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }\n')
    importAll(project, packages)
    checkTypes(root, project, packages)
    return `packed, imported and type-checked ${packages.length} packages; ${sizes}; millrace --version says ${runCommand(project, packages)}`
  } finally {
    rmSync(project, { recursive: true })
  }
}

/** The tarball that npm would upload. */
function pack(out: string, one: Package): string {
  const arguments_ = ['pack', '--silent', '--ignore-scripts', '--pack-destination', out]
  const name = execFileSync('npm', arguments_, { cwd: stagedFolder(out, one), encoding: 'utf8', timeout: TIMEOUT_MILLIS }).trim()
  return join(out, name.split('\n').at(-1) as string)
}

function install(project: string, tarball: string, { name }: Package): void {
  const folder = join(project, 'node_modules', name)
  mkdirSync(folder, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1'])
}

function linkLibraries(root: string, project: string, packages: readonly Package[]): void {
  const ours = new Set(packages.map(({ name }) => name))
  const libraries = new Set([...packages.flatMap(({ dependencies }) => dependencies), '@types/node'])
  for (const library of [...libraries].filter((name) => !ours.has(name))) {
    const link = join(project, 'node_modules', library)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, 'node_modules', library), link)
  }
}

/** Without any condition, so that only what is published is there to be found. */
function importAll(project: string, packages: readonly Package[]): void {
  const lines = packages
    .flatMap(entriesOf)
    .map((name) => `if (Object.keys(await import('${name}')).length === 0) throw new Error('${name} exports nothing')`)
  writeFileSync(join(project, 'import.js'), `${lines.join('\n')}\n`)
  run(project, process.execPath, ['import.js'])
}

function checkTypes(root: string, project: string, packages: readonly Package[]): void {
  const lines = packages
    .flatMap(entriesOf)
    .map((name, index) => `import * as package${index} from '${name}'\nexport const use${index}: object = package${index}`)
  writeFileSync(join(project, 'use.ts'), `${lines.join('\n')}\n`)
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    strict: true,
    noEmit: true,
    types: ['node'],
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }))
  run(project, process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'])
}

/** What `millrace --version` prints, which must be the version of the package. */
function runCommand(project: string, packages: readonly Package[]): string {
  const { manifest, version, name } = packages.find((one) => one.manifest.bin !== undefined) as Package
  const [path] = Object.values(manifest.bin as Record<string, string>)
  const printed = run(project, process.execPath, [join('node_modules', name, path as string), '--version']).trim()
  if (printed !== version) throw new Error(`the command prints version '${printed}', the package has ${version}`)
  return printed
}

function run(cwd: string, program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: 'pipe', timeout: TIMEOUT_MILLIS })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${args.join(' ')} failed in a project of a stranger:\n${stdout}${stderr}`)
  }
}
