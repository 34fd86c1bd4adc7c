// Our QPACK against ls-qpack, both ways: `npm run interop -- --suite qpack [FILE.qif ...]`. Needs aioquic: interop/install.sh.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { decodeOffline, encodeOffline, type OfflineSettings } from './offline.ts'
import { formatQif, parseQif } from './qif.ts'

const PYTHON = '/usr/local/lib/millrace-interop/aioquic/bin/python'
const VECTORS = join(import.meta.dirname, '../vectors/qpack')

const SETTINGS: readonly OfflineSettings[] = [0, 256, 512, 4096].flatMap((maxTableCapacity) =>
  [0, 16, 100].flatMap((blockedStreams) => [true, false].map((acknowledged) => ({ maxTableCapacity, blockedStreams, acknowledged }))),
)

const given = process.argv.slice(2)
const files = given.length > 0 ? given : readdirSync(VECTORS).flatMap((name) => (name.endsWith('.qif') ? [join(VECTORS, name)] : []))
let failed = 0
for (const file of files) {
  const sections = parseQif(readFileSync(file, 'latin1'))
  const text = formatQif(sections)
  const plain = text.length
  for (const settings of SETTINGS) {
    const ours = encodeOffline(sections, settings)
    const theirs = lsQpack('encode', settings, Buffer.from(text, 'latin1'))
    report(file, settings, 'ls-qpack decodes ours', lsQpack('decode', settings, ours).toString('latin1') === text, ours.length / plain)
    report(file, settings, 'we decode ls-qpack’s', formatQif(decodeOffline(theirs, settings)) === text, theirs.length / plain)
  }
}
console.log(failed === 0 ? `qpack: ${files.length} files, ${SETTINGS.length} settings, both ways` : `qpack: ${failed} FAILED`)
process.exitCode = failed === 0 ? 0 : 1

function lsQpack(work: 'encode' | 'decode', settings: OfflineSettings, input: Uint8Array): Buffer {
  const { maxTableCapacity, blockedStreams, acknowledged } = settings
  const values = [maxTableCapacity, blockedStreams, acknowledged ? 1 : 0].map(String)
  const { status, stdout, stderr } = spawnSync(PYTHON, [join(import.meta.dirname, 'ls_qpack.py'), work, ...values], {
    input,
    maxBuffer: 1 << 28,
  })
  if (status !== 0) console.log(String(stderr))
  return stdout
}

function report(file: string, settings: OfflineSettings, what: string, same: boolean, ratio: number): void {
  const { maxTableCapacity, blockedStreams, acknowledged } = settings
  if (!same) failed++
  const how = `capacity ${maxTableCapacity}, ${blockedStreams} blocked, ${acknowledged ? 'acknowledged' : 'not acknowledged'}`
  console.log(`  ${same ? 'ok   ' : 'FAILS'} ${basename(file)}  ${how}: ${what}, ${(ratio * 100).toFixed(1)} %`)
}
