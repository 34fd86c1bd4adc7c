// Some libraries are let in at one place, so that they can be changed, pinned or reasoned about there.
import { packageOf } from './imports.ts'
import type { Problem, SourceFile, Tree } from './tree.ts'

interface Site {
  readonly library: string
  /** Where it may be imported: paths that begin so. */
  readonly within: string
  /** How many files there may import it. */
  readonly files: number
  readonly reason: string
}

const SITES: readonly Site[] = [
  { library: 'koffi', within: 'packages/native/src/', files: 1, reason: 'go through the one binding of @millrace/native' },
  { library: 'rxjs', within: 'packages/millrace/src/', files: 1, reason: 'go through the one file of millrace that pins RxJS' },
]

export function importSites(tree: Tree): Problem[] {
  const product = tree.files.filter((file) => file.path.startsWith('packages/') && !file.isTest)
  return SITES.flatMap((site) => {
    const importers = product.filter((file) => importLine(file, site.library) !== null)
    const [inside, outside] = [importers.filter((file) => isInside(file, site)), importers.filter((file) => !isInside(file, site))]
    const tooMany = inside.length > site.files ? inside : []
    return [...outside, ...tooMany].map((file) => ({
      path: file.path,
      line: importLine(file, site.library) ?? 1,
      what: `${site.library} is imported ${isInside(file, site) ? `in ${inside.length} files` : `outside ${site.within}`}`,
      instead: site.reason,
    }))
  })
}

function isInside(file: SourceFile, site: Site): boolean {
  return file.path.startsWith(site.within)
}

function importLine(file: SourceFile, library: string): number | null {
  return file.imports.find(({ specifier }) => packageOf(specifier) === library)?.line ?? null
}
