// A simulated device: sends its name to the edge, five times a second. Arguments: the edge's address; how many to send, without end by default.
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'millrace'

const PERIOD_MILLIS = 200

const [edge = '127.0.0.1:4241', count = 'Infinity'] = process.argv.slice(2)
const stopping = new AbortController()
const { signal } = stopping
for (const event of ['SIGINT', 'SIGTERM']) process.once(event, () => stopping.abort())
// Whoever started it is gone, and the edge with them.
const orphaned = (): void => process.exit(1)
process.on('disconnect', orphaned)
if (process.connected === false) orphaned()

const source = await connect(edge, { name: 'device' })
for (let sent = 0; sent < Number(count) && !signal.aborted; sent++) {
  if (sent > 0) await sleep(PERIOD_MILLIS, undefined, { signal }).catch(() => undefined)
  if (!signal.aborted) await source.write('0x11', 'millrace!')
}
await source.end()
process.off('disconnect', orphaned)
process.disconnect?.()
