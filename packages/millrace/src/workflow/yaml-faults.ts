// What is wrong with a file that is no YAML, in words for who wrote it; the library's are about its grammar.

import type { ErrorCode, YAMLError } from 'yaml'

const INDENT = 'begin the keys of one thing in the same column, two spaces for each level'

/** Codes of the library that a hand's slip can lead to. */
const FAULTS: Partial<Record<ErrorCode, string>> = {
  BAD_DQ_ESCAPE: 'there is no such escape; write the backslash twice, or use single quotes',
  BAD_INDENT: `the indentation is wrong, or a bracket is not closed; ${INDENT}`,
  BAD_SCALAR_START: 'text cannot begin with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: `the indentation is wrong, or a line has a second ':'; ${INDENT}, and put text that has a ':' in quotes`,
  BLOCK_IN_FLOW: 'inside of [ ] and { } all is written with brackets and commas; write it in lines of its own instead',
  DUPLICATE_KEY: 'the key is there already; give it once',
  MISSING_CHAR: `a ':' behind a key, a '-' before an item, a closing quote or a bracket is missing, or the indentation is wrong; ${INDENT}`,
  MULTILINE_IMPLICIT_KEY: `a ':' behind a key is missing, or the indentation is wrong; ${INDENT}`,
  MULTIPLE_DOCS: 'a second document begins here; a workflow is one, so take out the line with ---',
  TAB_AS_INDENT: `a tab does not indent; ${INDENT}`,
  UNEXPECTED_TOKEN: 'this does not belong here; put the text in quotes, or in a line of its own',
}

/** What is wrong and what to do about it. */
export function tellFault({ code, message }: YAMLError): string {
  return FAULTS[code] ?? `is not YAML: ${firstLine(message)}`
}

/** Without the place, which the caller knows. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.replace(/ at line \d+, column \d+:?\s*$/, '')
}
