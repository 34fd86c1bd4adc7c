// Where lines for people go.

/** Takes one line of talk, without a line end. */
export type Report = (line: string) => void

/** The default: standard error, where talk does not mix with data. */
export const reportToStderr: Report = (line) => void process.stderr.write(`millrace: ${line}\n`)
