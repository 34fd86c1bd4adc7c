/** CPU time that this process has used so far, in milliseconds: unlike time itself, it does not pass while somebody else is at work. */
export function cpuMillis(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
