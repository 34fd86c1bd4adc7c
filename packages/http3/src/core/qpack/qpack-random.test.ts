// Encoder and decoder over streams that arrive in any order, their instructions cut anywhere; every seed is a connection of its own. RFC 9204 section 2.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '@millrace/netsim'
import { QpackDecoder } from './decoder.ts'
import { QpackEncoder } from './encoder.ts'

const NAMES = [':path', 'accept', 'user-agent', 'cookie', 'authorization', 'x-a', 'x-b', 'x-a-rather-long-name', 'date', 'server']
const SEEDS = 150

interface Sent {
  readonly stream: number
  readonly section: Uint8Array
  readonly fields: string[]
  blocked: boolean
}

class Connection {
  readonly #random: Random
  readonly #encoder = new QpackEncoder()
  readonly #decoder: QpackDecoder
  #down: number[] = []
  #up: number[] = []
  #sections: Sent[] = []
  #nextStream = 0
  decoded = 0
  blocked = 0

  constructor(seed: number) {
    this.#random = new Random(seed)
    const settings = { maxTableCapacity: this.#random.below(1500), blockedStreams: this.#random.below(6) }
    this.#encoder.applySettings(settings)
    this.#decoder = new QpackDecoder({ ...settings, maxFieldSectionSize: 1e6 })
  }

  run(): void {
    for (let step = 0; step < 400; step++) this.#step()
    while (this.#sections.length > 0) this.#step()
  }

  #step(): void {
    const choice = this.#random.below(6)
    if (choice === 0 && this.#nextStream < 600) this.#send()
    else if (choice === 1) this.#arrive()
    else if (choice === 2) this.#cancel()
    else if (choice === 3) this.#receiveDown()
    else if (choice === 4) this.#up.push(...(this.#decoder.takeInstructions() ?? []))
    else this.#encoder.receiveDecoderStream(Uint8Array.from(this.#up.splice(0, 1 + this.#random.below(9))))
    this.#down.push(...(this.#encoder.takeInstructions() ?? []))
  }

  #send(): void {
    const fields = Array.from({ length: this.#random.below(8) }, () => [
      NAMES[this.#random.below(NAMES.length)]!,
      'value-'.repeat(this.#random.below(6)) + this.#random.below(5),
    ]).flat()
    this.#nextStream += this.#random.below(3) === 0 ? 0 : 4
    this.#sections.push({ stream: this.#nextStream, section: this.#encoder.encode(this.#nextStream, fields), fields, blocked: false })
  }

  /** The earliest section of some stream that is not blocked is given to the decoder. */
  #arrive(): void {
    const candidate = this.#sections[this.#random.below(this.#sections.length || 1)]
    const first = this.#sections.find(({ stream }) => stream === candidate?.stream)
    if (first !== undefined && !first.blocked) this.#decode(first)
  }

  #decode(item: Sent): void {
    const fields = this.#decoder.decode(item.stream, item.section)
    item.blocked = fields === null
    if (fields === null) {
      this.blocked++
      return
    }
    assert.deepEqual(fields, item.fields)
    this.decoded++
    this.#sections.splice(this.#sections.indexOf(item), 1)
  }

  #cancel(): void {
    if (this.#random.below(10) > 0 || this.#sections.length === 0) return
    const { stream } = this.#sections[this.#random.below(this.#sections.length || 1)]!
    this.#decoder.cancel(stream)
    this.#sections = this.#sections.filter((item) => item.stream !== stream)
    // Nothing more is sent on a stream that was cancelled.
    if (stream === this.#nextStream) this.#nextStream += 4
  }

  #receiveDown(): void {
    const ready = this.#decoder.receiveEncoderStream(Uint8Array.from(this.#down.splice(0, 1 + this.#random.below(60))))
    for (const stream of ready) {
      const item = this.#sections.find((each) => each.stream === stream)!
      assert.ok(item.blocked)
      this.#decode(item)
    }
  }
}

test(`${SEEDS} connections: every section comes back as it was, and neither side breaks a rule of the other`, () => {
  let decoded = 0
  let blocked = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const connection = new Connection(seed)
    try {
      connection.run()
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
    decoded += connection.decoded
    blocked += connection.blocked
  }
  assert.ok(decoded > SEEDS * 20, `${decoded} decoded`)
  assert.ok(blocked > SEEDS, `${blocked} blocked`)
})
