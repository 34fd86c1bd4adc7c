// Loads a plugin file. Whatever is wrong with it becomes one line that names the file, the line where there is one, and what to do.

import { stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { MillraceError } from '../error.ts'
import { isPlugin, type Plugin } from '../plugin/define.ts'

/** The one plugin that a file exports, as default or under any name. Rejects with ERR_MILLRACE_PLUGIN. */
export async function loadPlugin(path: string, cwd: string): Promise<Plugin> {
  const file = resolve(cwd, path)
  const complain = (sentence: string, line = '', cause?: unknown): MillraceError => {
    return new MillraceError('ERR_MILLRACE_PLUGIN', `${path}${line}: ${sentence}`, { cause })
  }
  const found = await stat(file).catch(() => null)
  if (found === null) throw complain('there is no such file; give the path of a plugin, or make one with `millrace init DIR`')
  if (!found.isFile()) throw complain('is not a file; give the path of a plugin, for example plugin.ts')
  let exported: Record<string, unknown>
  try {
    exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  } catch (error) {
    throw explain(error, file, cwd, complain)
  }
  const plugins = new Set(Object.values(exported).filter(isPlugin))
  if (isPlugin(exported.default)) return exported.default
  if (plugins.size === 0) throw complain('exports no plugin; write `export default definePlugin({ ... })`')
  if (plugins.size > 1) throw complain('exports several plugins; make one of them the default export')
  return [...plugins][0]!
}

type Complain = (sentence: string, line?: string, cause?: unknown) => MillraceError

function explain(error: unknown, file: string, cwd: string, complain: Complain): MillraceError {
  const { message, code, stack = '' } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) }
  const line = lineIn(stack, file)
  if (code === 'ERR_MODULE_NOT_FOUND') return complain(missing(message, cwd), line, error)
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    return complain(`${oneLine(message)}; only TypeScript that can be erased runs here`, line, error)
  if (error instanceof SyntaxError) return complain(`does not compile: ${oneLine(message)}`, line, error)
  if (error instanceof MillraceError) return complain(message.replace(/^plugin definition: /, ''), line, error)
  return complain(`fails while it is loaded: ${oneLine(message)}`, line, error)
}

/** `:line` or `:line:column` of the file that a stack speaks of first; V8 puts the place of a syntax error on the first line. */
function lineIn(stack: string, file: string): string {
  for (const name of [pathToFileURL(file).href, file]) {
    const at = stack.indexOf(`${name}:`)
    if (at === -1) continue
    const place = /^(:\d+(?::\d+)?)/.exec(stack.slice(at + name.length))
    if (place !== null) return place[1]!
  }
  return ''
}

function missing(message: string, cwd: string): string {
  const name = /^Cannot find (?:package|module) '([^']+)'/.exec(message)?.[1] ?? 'a module'
  const shown = name.startsWith('file:') ? relative(cwd, fileURLToPath(name)) : name.startsWith('/') ? relative(cwd, name) : name
  return name.startsWith('/') || name.startsWith('file:')
    ? `imports ${shown}, which is not there`
    : `imports '${shown}', which is not installed; run npm install ${shown}`
}

function oneLine(text: string): string {
  return (
    text
      .split('\n')
      .map((part) => part.trim())
      .filter((part) => part !== '')[0] ?? text
  )
}
