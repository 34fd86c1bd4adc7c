// Encoder and decoder against each other. RFC 9204.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QpackDecoder } from './decoder.ts'
import { QpackEncoder } from './encoder.ts'

const REQUEST = [
  ':method',
  'GET',
  ':scheme',
  'https',
  ':authority',
  'www.example.com',
  ':path',
  '/style.css',
  'user-agent',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'accept',
  'text/css,*/*;q=0.1',
  'accept-encoding',
  'gzip, deflate, br, zstd',
  'accept-language',
  'en-US,en;q=0.9',
  'x-empty',
  '',
  'x-latin',
  'caf\u00e9 \u0000\u00ff',
]

/** Two ends of a connection whose streams arrive at once. */
function connected(capacity = 4096, blockedStreams = 16) {
  const encoder = new QpackEncoder()
  encoder.applySettings({ maxTableCapacity: capacity, blockedStreams })
  const decoder = new QpackDecoder({ maxTableCapacity: capacity, blockedStreams, maxFieldSectionSize: 65_536 })
  const carry = () => {
    const down = encoder.takeInstructions()
    if (down !== null) decoder.receiveEncoderStream(down)
  }
  const acknowledge = () => {
    const up = decoder.takeInstructions()
    if (up !== null) encoder.receiveDecoderStream(up)
  }
  return { encoder, decoder, carry, acknowledge }
}

test('a field section comes back as it was, in its order, with and without a dynamic table', () => {
  for (const capacity of [0, 100, 4096]) {
    const { encoder, decoder, carry, acknowledge } = connected(capacity)
    for (let stream = 0; stream < 40; stream += 4) {
      const section = encoder.encode(stream, REQUEST)
      carry()
      assert.deepEqual(decoder.decode(stream, section), REQUEST)
      acknowledge()
    }
  }
})

test('what came before and was acknowledged takes a byte or two', () => {
  const { encoder, decoder, carry, acknowledge } = connected()
  const sizes: number[] = []
  for (let stream = 0; stream < 12; stream += 4) {
    const section = encoder.encode(stream, REQUEST)
    sizes.push(section.length)
    carry()
    decoder.decode(stream, section)
    acknowledge()
  }
  // The second time also what is not steady by its name has come again.
  assert.equal(sizes[2], 2 + REQUEST.length / 2)
  assert.equal(encoder.takeInstructions(), null)
})
