// Reads a workflow file. What is wrong with it is one line: file, line, column, key, and what to do.

import { readFile } from 'node:fs/promises'
import { type Document, isMap, isNode, isScalar, LineCounter, type ParsedNode, parseDocument } from 'yaml'
import type { z } from 'zod'
import { MillraceError } from '../error.ts'
import { MAX_WORKFLOW_ALIASES, MAX_WORKFLOW_BYTES } from '../limits.ts'
import { type Workflow, workflowSchema } from './workflow.ts'
import { tellFault } from './yaml-faults.ts'

type Path = readonly PropertyKey[]

/** Reads the workflow in a YAML file, which lies at `path` and is called `file` in errors. Rejects with ERR_MILLRACE_WORKFLOW. */
export async function readWorkflow(file: string, path: string = file): Promise<Workflow> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    const what = isMissing ? 'there is no such file; `millrace init DIR` makes one' : `cannot be read: ${(cause as Error).message}`
    throw new MillraceError('ERR_MILLRACE_WORKFLOW', `${file}: ${what}`, { cause })
  }
  return parseWorkflow(text, file)
}

/** Reads a workflow from YAML text; `file` names it in errors. Throws ERR_MILLRACE_WORKFLOW for the first thing that is wrong. */
export function parseWorkflow(text: string, file = 'workflow.yaml'): Workflow {
  if (text.length > MAX_WORKFLOW_BYTES) throw new MillraceError('ERR_MILLRACE_WORKFLOW', `${file}: is over ${MAX_WORKFLOW_BYTES} bytes`)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const complain = (offset: number, sentence: string): MillraceError => {
    const { line, col } = lines.linePos(offset)
    return new MillraceError('ERR_MILLRACE_WORKFLOW', `${file}:${line}:${col}: ${sentence}`)
  }
  const [fault] = document.errors
  if (fault !== undefined) throw complain(fault.pos[0], tellFault(fault))
  const checked = workflowSchema.safeParse(plain(document, complain) ?? {})
  if (!checked.success) {
    // A key that is not known may be one that seems to be missing, misspelt: it is told first.
    const { issues } = checked.error
    throw complain(...explain(document, issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!))
  }
  const twice = duplicate(checked.data)
  if (twice !== -1) {
    const path = ['plugins', twice, 'name']
    throw complain(
      offsetOf(document, path),
      `plugins[${twice}].name: '${checked.data.plugins[twice]!.name}' is there already; give each plugin its own name`,
    )
  }
  return checked.data
}

/** The values alone. An alias that nothing has the name of, or that stands for too much, is found only now. */
function plain(document: Document.Parsed, complain: (offset: number, sentence: string) => MillraceError): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_WORKFLOW_ALIASES })
  } catch {
    throw complain(
      document.contents?.range?.[0] ?? 0,
      `an alias (a '*' before a name) leads nowhere, or they stand for too much; write the text itself, in quotes if it begins with '*'`,
    )
  }
}

/** Where the issue is and what to do about it. */
function explain(document: Document.Parsed, issue: z.core.$ZodIssue): [offset: number, sentence: string] {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!
    const here = issue.path.length === 0 ? 'a workflow' : 'a plugin'
    const known = issue.path.length === 0 ? 'name, host, port, plugins' : 'name, host, port'
    return [offsetOf(document, [...issue.path, key], true), `${keyName([...issue.path, key])}: ${here} has no such key; known are ${known}`]
  }
  const isMissing = issue.code === 'invalid_type' && !document.hasIn(issue.path)
  const sentence = isMissing
    ? 'is missing; add it'
    : issue.path.length === 0
      ? 'the file is not a workflow: it begins with `name:`'
      : issue.message
  return [offsetOf(document, issue.path), issue.path.length === 0 ? sentence : `${keyName(issue.path)}: ${sentence}`]
}

function keyName(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`),
    '',
  )
}

/** The offset of the value at `path`, or of its key; of the nearest thing around it when it is missing. */
function offsetOf(document: Document.Parsed, path: Path, ofKey = false): number {
  for (let length = path.length; length > 0; length--) {
    const key = ofKey && length === path.length ? keyNode(document, path) : null
    const node = key ?? document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return document.contents?.range?.[0] ?? 0
}

function keyNode(document: Document.Parsed, path: Path): ParsedNode | null {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  if (!isMap(parent)) return null
  const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
  return (pair?.key as ParsedNode | undefined) ?? null
}

function duplicate(workflow: Workflow): number {
  return workflow.plugins.findIndex(({ name }, index) => workflow.plugins.findIndex((other) => other.name === name) < index)
}
