// The protocol alone: two connections in this one process hand each other their datagrams in memory. What a CPU does for both sides, without
// sockets; and the same without packet protection, which tells what of it OpenSSL and the way there take.
//
// As a yardstick: picoquic, in C, has published 1,140 MB/s.
import { transferRate } from '../core/transfer.ts'
import type { Benchmark, Contender, Figure, Round } from '../harness/benchmark.ts'
import { millrace } from '../peers/index.ts'

const MILLIS = 2000
const QUICK_MILLIS = 500

const unprotected: Contender = { name: 'millrace without packet protection', missing: () => null, version: millrace.version }

export const core: Benchmark = {
  name: 'core',
  what: 'the protocol in memory, both sides on one core, no sockets; with and without packet protection',
  cases: [
    {
      name: 'upload',
      entries: [
        { contender: millrace, measure: async (round) => measure(round, true) },
        { contender: unprotected, measure: async (round) => measure(round, false) },
      ],
    },
  ],
}

function measure({ quick }: Round, isProtected: boolean): Figure[] {
  const rate = transferRate(quick ? QUICK_MILLIS : MILLIS, isProtected)
  return [
    { name: '', unit: 'MB/s', better: 'more', value: rate / 1e6 },
    { name: 'time', unit: 's/GB', better: 'less', value: 1e9 / rate },
  ]
}
