// What a process has used so far, as Linux tells it in /proc; elsewhere nobody tells, and the rows that need it are left out.
import { readFileSync } from 'node:fs'

export interface Usage {
  /** In user and kernel mode, of the process and of the children that it has waited for. In steps of 10 ms. */
  readonly cpuSeconds: number
  /** The most that was resident at once. */
  readonly peakBytes: number
  /** What is resident now. */
  readonly residentBytes: number
}

/** The kernel's USER_HZ, which is the same on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100

export function usageOf(pid: number): Usage | null {
  try {
    // proc(5): the name, in parentheses, may contain anything; utime is the 12th field after it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    return { cpuSeconds: ticks / TICKS_PER_SECOND, peakBytes: size(status, 'VmHWM'), residentBytes: size(status, 'VmRSS') }
  } catch {
    return null
  }
}

/** CPU time of the process's first thread so far, microseconds: to the microsecond, and without V8's threads. 0 where nobody tells. */
export function mainThreadMicros(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1').split(' ')[0]) / 1000
  } catch {
    return 0
  }
}

function size(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024
}
