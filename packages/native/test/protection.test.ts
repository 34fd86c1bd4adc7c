import assert from 'node:assert/strict'
import { createCipheriv } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { openSsl } from '../src/binding/openssl.ts'
import {
  Arena,
  CIPHER_SUITES,
  initialKeys,
  type NativeError,
  Opener,
  retryIntegrityTag,
  Sealer,
  TLS_CHACHA20_POLY1305_SHA256,
} from '../src/index.ts'
import { Expansion, HASH_LENGTH, IV_LENGTH } from '../src/protection/key-schedule.ts'
import { type CipherSuite, TLS_AES_128_GCM_SHA256 } from '../src/protection/suites.ts'
import { type KeyLabels, LABELS_1, VERSION_1, VERSION_2, versionConstants } from '../src/protection/versions.ts'
import {
  CHACHA_NEXT_SECRET,
  CHACHA_SECRET,
  CHACHA_SHORT,
  CLIENT_INITIAL,
  CONNECTION_ID,
  KEYS,
  type SamplePacket,
  SERVER_INITIAL,
} from './rfc9001-appendix-a.ts'
import { CHACHA_NEXT_SECRET_2, CHACHA_SHORT_2, CLIENT_INITIAL_2, KEYS_2, RETRY_1, RETRY_2, SERVER_INITIAL_2 } from './rfc9369-appendix-a.ts'

const TAG = 16

describe('RFC 9001 Appendix A', () => {
  it('A.1: derives key, IV and header-protection key of both sides', () => {
    for (const side of ['client', 'server'] as const) {
      derives(KEYS[side].secret, LABELS_1, KEYS[side])
    }
  })

  it('A.2: seals and opens the client Initial', () => {
    sealsTo(initialKeys('client', VERSION_1, CONNECTION_ID).sealer, CLIENT_INITIAL)
    opensTo(initialKeys('server', VERSION_1, CONNECTION_ID).opener, CLIENT_INITIAL)
  })

  it('A.3: seals and opens the server Initial', () => {
    sealsTo(initialKeys('server', VERSION_1, CONNECTION_ID).sealer, SERVER_INITIAL)
    opensTo(initialKeys('client', VERSION_1, CONNECTION_ID).opener, SERVER_INITIAL)
  })

  it('A.5: seals and opens a short header with ChaCha20-Poly1305, and derives the next secret', () => {
    sealsTo(Sealer.fromSecret(TLS_CHACHA20_POLY1305_SHA256, CHACHA_SECRET), CHACHA_SHORT)
    opensTo(Opener.fromSecret(TLS_CHACHA20_POLY1305_SHA256, CHACHA_SECRET), CHACHA_SHORT)
    assert.deepEqual(nextSecret(TLS_CHACHA20_POLY1305_SHA256, CHACHA_SECRET, LABELS_1), CHACHA_NEXT_SECRET)
  })
})

describe('RFC 9369 Appendix A: version 2', () => {
  const { labels } = versionConstants(VERSION_2)

  it('A.1: derives key, IV and header-protection key of both sides', () => {
    for (const side of ['client', 'server'] as const) {
      derives(KEYS_2[side].secret, labels, KEYS_2[side])
    }
  })

  it('A.2, A.3: seals and opens the Initials of both sides', () => {
    sealsTo(initialKeys('client', VERSION_2, CONNECTION_ID).sealer, CLIENT_INITIAL_2)
    opensTo(initialKeys('server', VERSION_2, CONNECTION_ID).opener, CLIENT_INITIAL_2)
    sealsTo(initialKeys('server', VERSION_2, CONNECTION_ID).sealer, SERVER_INITIAL_2)
    opensTo(initialKeys('client', VERSION_2, CONNECTION_ID).opener, SERVER_INITIAL_2)
  })

  it('A.4, and RFC 9001 A.4: the Retry Integrity Tag of both versions', () => {
    for (const [version, retry] of [
      [VERSION_1, RETRY_1],
      [VERSION_2, RETRY_2],
    ] as const) {
      const tag = retryIntegrityTag(version, CONNECTION_ID, retry.subarray(0, -TAG))
      assert.deepEqual(tag, retry.subarray(-TAG))
    }
    assert.throws(() => retryIntegrityTag(0xff00001d, CONNECTION_ID, RETRY_1), { code: 'ERR_NATIVE_OPTION' })
  })

  it('A.5: seals and opens a short header with ChaCha20-Poly1305, and derives the next secret', () => {
    sealsTo(Sealer.fromSecret(TLS_CHACHA20_POLY1305_SHA256, CHACHA_SECRET, labels), CHACHA_SHORT_2)
    opensTo(Opener.fromSecret(TLS_CHACHA20_POLY1305_SHA256, CHACHA_SECRET, labels), CHACHA_SHORT_2)
    assert.deepEqual(nextSecret(TLS_CHACHA20_POLY1305_SHA256, CHACHA_SECRET, labels), CHACHA_NEXT_SECRET_2)
  })
})

describe('every AEAD', () => {
  for (const suite of CIPHER_SUITES) {
    const secret = Buffer.alloc(suite.hashLength, 0x5a)

    it(`${suite.name}: what is sealed opens, wherever in the arena and with whatever packet number`, () => {
      const sealer = Sealer.fromSecret(suite, secret)
      const opener = Opener.fromSecret(suite, secret)
      const packet = fc.record({
        start: fc.nat(700),
        header: fc.uint8Array({ minLength: 1, maxLength: 60 }),
        packetNumberLength: fc.integer({ min: 1, max: 4 }),
        payload: fc.uint8Array({ minLength: 3, maxLength: 1200 }),
        packetNumber: fc.oneof(fc.nat(1000), fc.maxSafeNat()),
      })
      fc.assert(
        fc.property(packet, ({ start, header, packetNumberLength, payload, packetNumber }) => {
          const arena = Arena.allocate(2048)
          const plain = Buffer.concat([header, Buffer.alloc(packetNumberLength, 7), payload])
          plain[0] = (plain[0]! & 0xfc) | (packetNumberLength - 1)
          arena.bytes.set(plain, start)
          const headerLength = header.length + packetNumberLength
          sealer.seal(arena, start, headerLength, packetNumberLength, payload.length, packetNumber)
          assert.notDeepEqual(arena.bytes.subarray(start + headerLength, start + plain.length), Buffer.from(payload))
          assert.ok(
            arena.bytes.subarray(0, start).every((byte) => byte === 0),
            'nothing before the packet was touched',
          )
          assert.ok(
            arena.bytes.subarray(start + plain.length + TAG).every((byte) => byte === 0),
            'nor after it',
          )

          assert.equal(opener.unmask(arena, start, start + header.length), packetNumberLength)
          assert.ok(opener.open(arena, start, headerLength, payload.length + TAG, packetNumber))
          assert.deepEqual(arena.bytes.subarray(start, start + plain.length), plain)
        }),
      )
      assert.equal(opener.failed, 0)
      assert.equal(sealer.sealed, 100)
      sealer.release()
      opener.release()
    })

    it(`${suite.name}: one changed bit anywhere, or another packet number, does not open, and is counted; the opener goes on`, () => {
      const sealer = Sealer.fromSecret(suite, secret)
      const opener = Opener.fromSecret(suite, secret)
      const arena = Arena.allocate(256)
      const reference = sealed(sealer)
      for (let i = 0; i < reference.length; i++) {
        arena.bytes.set(reference)
        arena.bytes[i]! ^= 1 << (i & 7)
        const length = opener.unmask(arena, 0, 5)
        const opens = opener.open(arena, 0, 5 + length, reference.length - 5 - length, 9)
        assert.equal(opens, false, `byte ${i}`)
      }
      assert.equal(opener.failed, reference.length)
      arena.bytes.set(reference)
      const length = opener.unmask(arena, 0, 5)
      assert.equal(opener.open(arena, 0, 5 + length, reference.length - 5 - length, 10), false)
      arena.bytes.set(reference)
      opener.unmask(arena, 0, 5)
      assert.equal(opener.open(arena, 0, 5 + length, reference.length - 5 - length, 9), true)
      assert.equal(opener.open(arena, 0, 5, TAG - 1, 9), false, 'shorter than a tag')
      sealer.release()
      opener.release()
    })

    it(`${suite.name}: the next key phase has other keys and the same header protection`, () => {
      const sealer = Sealer.fromSecret(suite, secret)
      const opener = Opener.fromSecret(suite, secret)
      const nextSealer = sealer.next()
      const nextOpener = opener.next()
      const arena = Arena.allocate(256)
      const packet = sealed(nextSealer)
      arena.bytes.set(packet)
      const length = opener.unmask(arena, 0, 5)
      assert.equal(length, 4)
      const unmasked = Buffer.from(arena.bytes)
      assert.equal(opener.open(arena, 0, 9, packet.length - 9, 9), false)
      arena.bytes.set(unmasked)
      assert.equal(nextOpener.open(arena, 0, 9, packet.length - 9, 9), true)
      for (const each of [sealer, opener, nextSealer, nextOpener]) each.release()
    })
  }
})

describe('packets with headers of 13 bytes, which OpenSSL takes for records of TLS', () => {
  for (const suite of CIPHER_SUITES.filter(({ aead }) => aead.endsWith('-GCM'))) {
    const secret = Buffer.alloc(suite.hashLength, 0x6b)
    const name = suite.aead.toLowerCase() as 'aes-128-gcm'
    const key = hkdfExpandLabel(suite.hash, secret, 'quic key', suite.keyLength)
    const iv = hkdfExpandLabel(suite.hash, secret, 'quic iv', IV_LENGTH)

    it(`${suite.name}: are sealed as Node's own cipher does it, and opened, whatever the last two bytes of the header are`, () => {
      const sealer = Sealer.fromSecret(suite, secret)
      const opener = Opener.fromSecret(suite, secret)
      // Where a length would lie in a record: at both ends of its range, OpenSSL's own corrections of it run over.
      const low = fc.oneof(fc.nat(40), fc.integer({ min: 0xffff - 40, max: 0xffff }), fc.nat(0xffff))
      const packet = fc.record({
        start: fc.nat(700),
        header: fc.uint8Array({ minLength: 11, maxLength: 11 }),
        low,
        payload: fc.uint8Array({ maxLength: 1200 }),
        packetNumber: fc.maxSafeNat(),
        flipped: fc.nat(),
      })
      fc.assert(
        fc.property(packet, ({ start, header, low, payload, packetNumber, flipped }) => {
          const arena = Arena.allocate(2048)
          const head = Buffer.concat([header, Buffer.from([low >> 8, low & 0xff])])
          head.copy(arena.bytes, start)
          arena.bytes.set(payload, start + head.length)
          sealer.encrypt(arena, start, head.length, payload.length, packetNumber)

          const nonce = Buffer.from(iv)
          nonce.writeBigUInt64BE(nonce.readBigUInt64BE(4) ^ BigInt(packetNumber), 4)
          const cipher = createCipheriv(name, key, nonce)
          cipher.setAAD(head)
          const expected = Buffer.concat([head, cipher.update(payload), cipher.final(), cipher.getAuthTag()])
          const end = start + expected.length
          assert.deepEqual(arena.bytes.subarray(start, end), expected)
          assert.ok(
            [...arena.bytes.subarray(0, start), ...arena.bytes.subarray(end)].every((byte) => byte === 0),
            'nothing beside it was touched',
          )

          const length = payload.length + TAG
          const place = start + (flipped % expected.length)
          arena.bytes[place]! ^= 1
          assert.equal(opener.open(arena, start, head.length, length, packetNumber), false)
          assert.equal(openSsl().ERR_get_error(), 0, 'nothing is left for who asks OpenSSL next')
          arena.bytes.fill(0)
          expected.copy(arena.bytes, start)
          assert.equal(opener.open(arena, start, head.length, length, packetNumber), true)
          assert.deepEqual(arena.bytes.subarray(start, start + head.length + payload.length), Buffer.concat([head, payload]))
        }),
      )
      sealer.release()
      opener.release()
    })
  }
})

describe('runs of packets', () => {
  for (const suite of CIPHER_SUITES) {
    it(`${suite.name}: encrypted one by one and protected at once are as those that were sealed, and their masks those that are removed one by one`, () => {
      const secret = Buffer.alloc(suite.hashLength, 0x21)
      const sealer = Sealer.fromSecret(suite, secret)
      const opener = Opener.fromSecret(suite, secret)
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 64 }),
          fc.integer({ min: 1, max: 4 }),
          fc.integer({ min: 4, max: 90 }),
          (count, numberLength, payloadLength) => {
            const headerLength = 9 + numberLength
            const stride = headerLength + payloadLength + TAG
            const alone = Arena.allocate(stride * count)
            for (let i = 0; i < alone.size; i++) alone.bytes[i] = (i * 31) & 0xff
            for (let i = 0; i < count; i++) alone.bytes[i * stride] = 0x40 | (numberLength - 1)
            const together = Arena.from(alone.bytes)
            for (let i = 0; i < count; i++) {
              sealer.seal(alone, i * stride, headerLength, numberLength, payloadLength, 70 + i)
              sealer.encrypt(together, i * stride, headerLength, payloadLength, 70 + i)
            }
            sealer.protect(together, 0, headerLength, numberLength, stride, count)
            assert.deepEqual(together.bytes, alone.bytes)
            const masks = Buffer.from(opener.masks(together, 9, stride, count))
            for (let i = 0; i < count; i++) {
              const before = Buffer.from(alone.bytes.subarray(i * stride, i * stride + headerLength))
              assert.equal(opener.unmask(alone, i * stride, i * stride + 9), numberLength)
              const after = alone.bytes.subarray(i * stride, i * stride + headerLength)
              assert.equal(after[0], before[0]! ^ (masks[i * 16]! & 0x1f))
              for (let k = 0; k < numberLength; k++) assert.equal(after[9 + k], before[9 + k]! ^ masks[i * 16 + 1 + k]!)
            }
          },
        ),
        { numRuns: 40 },
      )
      sealer.release()
      opener.release()
    })
  }
})

describe('keys that share contexts', () => {
  const suite = TLS_AES_128_GCM_SHA256
  /** More than there are contexts. */
  const PAIRS = 150

  it('each seal and open with their own, in whatever order they are used, and whoever goes meanwhile', () => {
    const pair = fc.record({ index: fc.nat(PAIRS - 1), leaves: fc.boolean() })
    const secretOf = (index: number, generation: number): Buffer => Buffer.alloc(32, `${index} ${generation}`)
    const make = (index: number, generation: number) => ({
      generation,
      sealer: Sealer.fromSecret(suite, secretOf(index, generation)),
      opener: Opener.fromSecret(suite, secretOf(index, generation)),
    })
    const pairs = Array.from({ length: PAIRS }, (_, index) => make(index, 0))
    const arena = Arena.allocate(55)
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 400 }), (uses) => {
        for (const { index, leaves } of uses) {
          const { generation, sealer, opener } = pairs[index]!
          const alone = Sealer.fromSecret(suite, secretOf(index, generation))
          arena.bytes.set(sealed(sealer))
          assert.deepEqual(arena.bytes, sealed(alone), 'another key sealed it')
          alone.release()
          assert.equal(opener.unmask(arena, 0, 5), 4)
          assert.ok(opener.open(arena, 0, 9, 46, 9), 'another key was to open it')
          if (!leaves) continue
          sealer.release()
          opener.release()
          pairs[index] = make(index, generation + 1)
        }
      }),
      { numRuns: 20 },
    )
    for (const { sealer, opener } of pairs) for (const each of [sealer, opener]) each.release()
  })
})

describe('misuse', () => {
  const secret = Buffer.alloc(32, 1)
  const arena = Arena.allocate(128)

  it('never reaches outside the arena', () => {
    const sealer = Sealer.fromSecret(TLS_AES_128_GCM_SHA256, secret)
    const opener = Opener.fromSecret(TLS_AES_128_GCM_SHA256, secret)
    const outside = { code: 'ERR_NATIVE_RANGE' } satisfies Partial<NativeError>
    const bad: readonly [start: number, header: number, number: number, payload: number][] = [
      [-1, 10, 2, 20],
      [0, 10, 2, 103],
      [120, 10, 2, 20],
      [0, 1, 1, 20],
      [0, 10, 0, 20],
      [0, 10, 5, 20],
      [0, 10, 2, -1],
      [0, 10, 2, 1],
      [Number.NaN, 10, 2, 20],
      [0, Number.NaN, 2, 20],
      [0, 10, 2, Number.NaN],
      [0, 10, 2, 2 ** 40],
    ]
    for (const [start, header, number, payload] of bad) {
      assert.throws(
        () => sealer.seal(arena, start, header, number, payload, 0),
        outside,
        `seal(${start}, ${header}, ${number}, ${payload})`,
      )
    }
    for (const [start, header, payload] of [
      [-1, 13, 20],
      [0, 0, 20],
      [0, 13, -1],
      [0, 13, 100],
      [Number.NaN, 13, 20],
      [0, 13, Number.NaN],
    ] as const) {
      assert.throws(() => sealer.encrypt(arena, start, header, payload, 0), outside, `encrypt(${start}, ${header}, ${payload})`)
    }
    for (const [start, stride, count] of [
      [-10, 10, 1],
      [0, 10, 0],
      [0, 10, 65],
      [0, 50, 3],
      [0, -1, 2],
      [Number.NaN, 10, 1],
      [0, Number.NaN, 2],
      [0, 10, Number.NaN],
    ] as const) {
      assert.throws(() => sealer.protect(arena, start, 13, 4, stride, count), outside, `protect(${start}, ${stride}, ${count})`)
      assert.throws(() => opener.masks(arena, start + 9, stride, count), outside, `masks(${start}, ${stride}, ${count})`)
    }
    for (const [header, number] of [
      [13, 0],
      [13, 5],
      [4, 4],
    ] as const) {
      assert.throws(() => sealer.protect(arena, 0, header, number, 40, 2), outside, `protect(${header}, ${number})`)
    }
    for (const [start, header, length] of [
      [-1, 10, 20],
      [0, 10, 119],
      [0, 0, 20],
      [0, 10, -1],
      [Number.NaN, 10, 20],
      [0, 10, Number.NaN],
    ] as const) {
      assert.throws(() => opener.open(arena, start, header, length, 0), outside, `open(${start}, ${header}, ${length})`)
    }
    for (const [start, number] of [
      [-1, 5],
      [0, 0],
      [0, 109],
      [0, Number.NaN],
    ] as const) {
      assert.throws(() => opener.unmask(arena, start, number), outside, `unmask(${start}, ${number})`)
    }
    assert.equal(opener.unmask(arena, 0, 108) >= 1, true, 'the last place where a sample fits')
    sealer.release()
    opener.release()
  })

  it('says so when keys are used after their release, which may be repeated', () => {
    const { sealer, opener } = initialKeys('client', VERSION_1, CONNECTION_ID)
    for (const each of [sealer, opener, sealer, opener]) each.release()
    const released = { code: 'ERR_NATIVE_RELEASED' }
    assert.throws(() => sealer.seal(arena, 0, 10, 2, 20, 0), released)
    assert.throws(() => opener.open(arena, 0, 10, 20, 0), released)
    assert.throws(() => opener.unmask(arena, 0, 5), released)
    assert.throws(() => sealer.next(), released)
    assert.throws(() => opener.next(), released)
  })

  it('refuses a version whose salt it does not know', () => {
    assert.throws(() => initialKeys('client', 0xff00001d, CONNECTION_ID), { code: 'ERR_NATIVE_OPTION' })
  })
})

interface DerivedKeys {
  readonly key: Buffer
  readonly iv: Buffer
  readonly headerProtection: Buffer
}

function derives(secret: Buffer, labels: KeyLabels, { key, iv, headerProtection }: DerivedKeys): void {
  const { hash, keyLength } = TLS_AES_128_GCM_SHA256
  assert.deepEqual(hkdfExpandLabel(hash, secret, labels.key, keyLength), key)
  assert.deepEqual(hkdfExpandLabel(hash, secret, labels.iv, IV_LENGTH), iv)
  assert.deepEqual(hkdfExpandLabel(hash, secret, labels.headerProtection, keyLength), headerProtection)
}

function nextSecret({ hash, hashLength }: CipherSuite, secret: Buffer, labels: KeyLabels): Buffer {
  return hkdfExpandLabel(hash, secret, labels.keyUpdate, hashLength)
}

/** A packet of 5 header bytes, a packet number of 4 and 30 bytes of payload, sealed as number 9. */
function sealed(sealer: Sealer): Buffer {
  const arena = Arena.allocate(55)
  arena.bytes[0] = 0x43
  sealer.seal(arena, 0, 9, 4, 30, 9)
  return arena.bytes
}

function sealsTo(sealer: Sealer, sample: SamplePacket): void {
  const arena = Arena.allocate(4096)
  const start = 100
  arena.bytes.set(Buffer.concat([sample.header, sample.payload]), start)
  sealer.seal(arena, start, sample.header.length, sample.packetNumberLength, sample.payload.length, sample.packetNumber)
  assert.deepEqual(arena.bytes.subarray(start, start + sample.sealed.length), sample.sealed)
  sealer.release()
}

function opensTo(opener: Opener, sample: SamplePacket): void {
  const arena = Arena.from(sample.sealed)
  const headerLength = sample.header.length
  assert.equal(opener.unmask(arena, 0, headerLength - sample.packetNumberLength), sample.packetNumberLength)
  assert.deepEqual(arena.bytes.subarray(0, headerLength), sample.header)
  assert.ok(opener.open(arena, 0, headerLength, sample.sealed.length - headerLength, sample.packetNumber))
  assert.deepEqual(arena.bytes.subarray(headerLength, headerLength + sample.payload.length), sample.payload)
  opener.release()
}

/** HKDF-Expand-Label with an empty context. RFC 8446 section 7.1. */
function hkdfExpandLabel(hash: ConstructorParameters<typeof Expansion>[0], secret: Uint8Array, label: string, length: number): Buffer {
  const memory = Arena.allocate(2 * HASH_LENGTH[hash])
  memory.bytes.set(secret)
  const expansion = new Expansion(hash, memory, 0)
  expansion.into(memory, HASH_LENGTH[hash], label, length)
  expansion.end()
  return memory.bytes.subarray(HASH_LENGTH[hash], HASH_LENGTH[hash] + length)
}
