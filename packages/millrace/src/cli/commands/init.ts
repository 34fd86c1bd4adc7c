// `millrace init`: writes a project that runs.

import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { Command } from 'commander'
import { MillraceError } from '../../error.ts'
import { type Host, reportTo } from '../host.ts'
import { projectFiles } from '../project.ts'

export function initCommand(host: Host, version: string): Command {
  return new Command('init')
    .description('Make a project: a plugin, a workflow, and how to run them')
    .argument('<dir>', 'where; made when it is not there')
    .addHelpText('after', '\nExamples:\n  millrace init my-edge && cd my-edge && npm install && npm run dev')
    .action((directory: string) => writeProject(directory, host, version))
}

async function writeProject(directory: string, host: Host, version: string): Promise<void> {
  const path = resolve(host.cwd, directory)
  const files = projectFiles(basename(path), version)
  try {
    await mkdir(path, { recursive: true })
    // Never over something: `wx` fails where a file is.
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text, { flag: 'wx' })
  } catch (cause) {
    throw new MillraceError('ERR_MILLRACE_OPTION', explain(directory, cause as NodeJS.ErrnoException), { cause })
  }
  reportTo(host)(`${directory} has ${Object.keys(files).join(', ')}; go there and try: millrace dev plugin.ts --print echo`)
}

function explain(directory: string, { code, path, message }: NodeJS.ErrnoException): string {
  if (code === 'EEXIST' && path !== undefined) return `${join(directory, basename(path))}: is there already; choose another directory`
  return `${directory}: cannot be written: ${message}`
}
