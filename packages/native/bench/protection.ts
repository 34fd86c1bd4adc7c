// What protecting a packet costs: `node -C source packages/native/bench/protection.ts`. Beside each figure, its ratio to
// `crypto.createCipheriv` in the same run, since absolute figures say more about the machine.
import { createCipheriv } from 'node:crypto'
import { Arena, CIPHER_SUITES, type CipherSuite, Opener, Sealer } from '../src/index.ts'

const PACKET = 1350
const HEADER = 13
const PACKET_NUMBER = 4
const TAG = 16
const PAYLOAD = PACKET - HEADER - TAG
const ROUNDS = 9
const PER_ROUND = 20_000
const key = Buffer.alloc(16, 1)
const iv = Buffer.alloc(12, 2)
const header = Buffer.alloc(HEADER)
const payload = Buffer.alloc(PAYLOAD)

console.log(`${PACKET}-byte packets, header protection included; best of ${ROUNDS} rounds of ${PER_ROUND}`)
const baseline = nanoseconds((i) => nodeCrypto(i))
console.log(`AES-128-GCM by createCipheriv      seal ${micros(baseline)} us`)
for (const suite of CIPHER_SUITES) console.log(row(suite))

function row(suite: CipherSuite): string {
  const secret = Buffer.alloc(suite.hashLength, 1)
  const sealer = Sealer.fromSecret(suite, secret)
  const opener = Opener.fromSecret(suite, secret)
  const arena = Arena.allocate(2048)
  const sealed = Arena.allocate(2048)
  const seal = nanoseconds((i) => {
    arena.bytes[0] = 0x43
    sealer.seal(arena, 0, HEADER, PACKET_NUMBER, PAYLOAD, i)
  })
  sealed.bytes[0] = 0x43
  sealer.seal(sealed, 0, HEADER, PACKET_NUMBER, PAYLOAD, 7)
  let failures = 0
  const open = nanoseconds(() => {
    sealed.bytes.copy(arena.bytes, 0, 0, PACKET)
    opener.unmask(arena, 0, HEADER - PACKET_NUMBER)
    if (!opener.open(arena, 0, HEADER, PACKET - HEADER, 7)) failures++
  })
  if (failures > 0) throw new Error(`${failures} packets did not open`)
  sealer.release()
  opener.release()
  return `${suite.name.padEnd(34)} seal ${micros(seal)} us (${(baseline / seal).toFixed(1)}x)   open ${micros(open)} us`
}

function nodeCrypto(packetNumber: number): void {
  iv.writeUInt32BE(packetNumber, 8)
  const cipher = createCipheriv('aes-128-gcm', key, iv)
  cipher.setAAD(header)
  cipher.update(payload)
  cipher.final()
  cipher.getAuthTag()
}

function nanoseconds(run: (i: number) => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint()
    for (let i = 0; i < PER_ROUND; i++) run(i)
    best = Math.min(best, Number(process.hrtime.bigint() - start) / PER_ROUND)
  }
  return best
}

function micros(ns: number): string {
  return (ns / 1000).toFixed(2)
}
