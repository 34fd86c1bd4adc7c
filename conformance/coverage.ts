// What covers each statement: tests, or a reason why none does. The tables are in `coverage/`, one file for each part of an RFC.

/** A test by the words of its name, and the file that has them. */
export interface TestReference {
  /** Path from the root of the repository. */
  readonly file: string
  /** The test's name as it stands in the source; of a name made for each case, the words between its variable parts. */
  readonly name: string
}

/** Why no test covers a statement; the page tells how many there are of each. */
export const WHY = {
  openssl: 'OpenSSL does it, and its own tests cover it',
  application: 'asked of the application, or of who runs the endpoint',
  authors: 'asked of those who specify protocols, versions or extensions',
  construction: 'follows from how the code is built, and a test could not see it broken',
  absent: 'binds a feature that Millrace does not have',
  open: 'not yet held, or not yet tested',
} as const

export type Why = keyof typeof WHY

export interface Reason {
  readonly why: Why
  /** A sentence without its full stop. */
  readonly text: string
}

/** Either tests, at least one, or a reason. */
export type Cover = readonly TestReference[] | Reason

/** By the statement's id. */
export type Coverage = Readonly<Record<string, Cover>>

/** Tests of one file: `tested('quic/test/retry', 'a name', 'another')`. A path that has no ending is a test file under packages/. */
export function tested(path: string, ...names: readonly string[]): readonly TestReference[] {
  const file = `packages/${path}${path.endsWith('.ts') ? '' : '.test.ts'}`
  return names.map((name) => ({ file, name }))
}

export function untested(why: Why, text: string): Reason {
  return { why, text }
}

export function isReason(cover: Cover): cover is Reason {
  return 'why' in cover
}
