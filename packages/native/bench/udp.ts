// What a datagram costs, there and back in one thread: `node -C source packages/native/bench/udp.ts`. Trains of 40 x 1350 bytes; on loopback
// the kernel's whole work is in the sending.
import { openUdpSocket, type UdpSocket } from '../src/index.ts'

const PACKET = 1350
const TRAIN = 40
const TRAINS_AT_ONCE = 10
const TOTAL = 400_000
const PORTABLE_TOTAL = 40_000

for (const kind of ['batched', 'portable'] as const) console.log(await measure(kind, kind === 'batched' ? TOTAL : PORTABLE_TOTAL))

async function measure(kind: 'batched' | 'portable', total: number): Promise<string> {
  const one = await openUdpSocket({ address: '127.0.0.1', port: 0, kind })
  const other = await openUdpSocket({ address: '127.0.0.1', port: 0, kind })
  const to = one.resolve('127.0.0.1', other.local.port)
  let sending = 0n
  const start = process.hrtime.bigint()
  let received = 0
  while (received < total) {
    const target = received + TRAIN * TRAINS_AT_ONCE
    const arrived = new Promise<void>((resolve) => {
      other.onreceive = (batch) => {
        received += batch.count
        if (received >= target) resolve()
      }
    })
    const began = process.hrtime.bigint()
    for (let i = 0; i < TRAINS_AT_ONCE; i++) one.send(0, PACKET * TRAIN, PACKET, to)
    sending += process.hrtime.bigint() - began
    await arrived
  }
  const took = Number(process.hrtime.bigint() - start)
  await closeAll(one, other)
  const send = Number(sending) / received
  return `${kind.padEnd(9)} send ${(send / 1000).toFixed(2)} us, receive ${((took / received - send) / 1000).toFixed(2)} us a datagram`
}

async function closeAll(...sockets: UdpSocket[]): Promise<void> {
  await Promise.all(sockets.map((socket) => socket.close()))
}
