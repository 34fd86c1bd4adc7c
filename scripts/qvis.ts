// npm run qvis -- LOG.sqlog > LOG.qvis.sqlog: a log that the public qvis (https://qvis.quictools.info) draws.
import { readFileSync } from 'node:fs'
import { forQvis } from './qvis/convert.ts'

const [path] = process.argv.slice(2)
if (path === undefined) {
  console.error('Usage: npm run -s qvis -- LOG.sqlog > LOG.qvis.sqlog')
  process.exitCode = 2
} else process.stdout.write(forQvis(readFileSync(path, 'utf8')))
