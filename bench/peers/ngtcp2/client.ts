// The workloads on h09client, or on gtlsclient: one run of it is one connection that fetches files. What is not the transfer (starting, the handshake, ending) is measured
// first, on a file of one byte, and taken off.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { clientOptions, runParts } from '../node/contract.ts'
import type { Parts } from '../node/workloads.ts'
import { CONNECTION_WINDOW, STREAM_WINDOW } from '../settings.ts'
import { GROUP, programs, ROOT, SUITE } from './programs.ts'

/** Runs on the small file, of which the fastest counts. */
const TRIALS = 5

const { workload, port, ca, mode, numbers } = clientOptions()
const { client } = programs(mode)
const root = join(dirname(ca), ROOT)

// The program that does the work comes and goes: nobody can tell what it uses.
await runParts(parts(), 0)

async function* parts(): Parts {
  const { bytes, files } = amount()
  const big = sized(bytes / files)
  const small = sized(1)
  let overhead = Number.POSITIVE_INFINITY
  for (let trial = 0; trial < TRIALS; trial++) overhead = Math.min(overhead, await fetch(small, 1))
  yield {}
  const seconds = await fetch(big, files)
  yield { seconds: seconds - overhead, bytes }
}

function amount(): { bytes: number; files: number } {
  if (workload === 'download') return { bytes: numbers.bytes, files: numbers.streams }
  if (workload === 'requests') return { bytes: numbers.count * numbers.size, files: numbers.count }
  throw new Error(`h09client cannot do '${workload}'`)
}

/** Has a file of that many zeros where the server looks, in the page cache. */
function sized(bytes: number): string {
  mkdirSync(root, { recursive: true })
  const name = `${bytes}`
  const file = openSync(join(root, name), 'w')
  ftruncateSync(file, bytes)
  closeSync(file)
  readFileSync(join(root, name))
  return name
}

/** Resolves with the seconds that it took. */
async function fetch(name: string, count: number): Promise<number> {
  const start = performance.now()
  const child = spawn(
    client,
    [
      '--quiet',
      SUITE,
      GROUP,
      '--sni=localhost',
      '--exit-on-all-streams-close',
      `--max-data=${CONNECTION_WINDOW}`,
      `--max-window=${CONNECTION_WINDOW}`,
      `--max-stream-data-bidi-local=${STREAM_WINDOW}`,
      `--max-stream-window=${STREAM_WINDOW}`,
      `--nstreams=${count}`,
      '127.0.0.1',
      `${port}`,
      `https://127.0.0.1:${port}/${name}`,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${client} ended with ${code}`)
  return (performance.now() - start) / 1000
}
