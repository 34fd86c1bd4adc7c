// One idea, one file: a file that outgrows the limit holds two.
import type { Problem, Tree } from './tree.ts'

const LONGEST = 500

export function length(tree: Tree): Problem[] {
  return tree.files
    .filter(({ lines }) => lines > LONGEST)
    .map(({ path, lines }) => ({
      path,
      line: LONGEST + 1,
      what: `the file has ${lines} lines, more than ${LONGEST}`,
      instead: 'split it by idea',
    }))
}
