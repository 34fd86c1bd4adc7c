import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encodeArray, encodeNode, encodePrimitive, marshal, mold, resolveMold, unmarshal } from '../index.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('a mold', () => {
  test('of a sample value is of that type, and a number is a float64', () => {
    assert.deepEqual(
      [mold(''), mold(0), mold(0n), mold(false), mold(new Uint8Array(0)), mold(['']), mold([0])].map((made) => made.name),
      ['string', 'float64', 'int64', 'bool', 'bytes', 'string[]', 'float64[]'],
    )
  })

  test('has the types of its values', () => {
    const echo = mold({ id: { key: '0x10', type: 'int32' }, name: ['0x11', ''], items: [0x20, [{ at: { key: 0x13, type: 0n } }]] })
    const value: { id: number; name: string; items: { at: bigint }[] } = echo.zero()
    assert.deepEqual(value, { id: 0, name: '', items: [] })
    // @ts-expect-error a string is no int32
    assert.throws(() => echo.encode(0x10, { id: '7', name: '', items: [] }), { code: 'BAD_VALUE' })
  })

  test('can be part of another', () => {
    const point = mold({ x: [0x10, 'int32'], y: [0x11, 'int32'] })
    const path = mold({ points: [0x20, [point]], start: [0x21, point] })
    const value = {
      points: [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ],
      start: { x: 1, y: 2 },
    }
    assert.deepEqual(path.decode(path.encode(0x30, value)), value)
  })

  test('leaves empty strings, bytes and structs out of a struct, and writes empty lists and zeros', () => {
    const inner = { text: [0x10, 'string'] } as const
    const made = mold({
      a: [0x10, 'string'],
      b: [0x11, 'bytes'],
      c: [0x12, inner],
      d: [0x13, ['string']],
      e: [0x14, 'int32'],
      f: [0x15, 'bool'],
    })
    assert.equal(hex(made.encode(0x30, made.zero())), 'b008d300' + '140100' + '150100')
    assert.equal(hex(mold('').encode(0x10, '')), '1000')
    assert.deepEqual(made.decode(made.encode(0x30, made.zero())), made.zero())
  })

  test('encodes as before when the memory of a packet that it made has gone elsewhere', () => {
    const text = mold('string')
    structuredClone(null, { transfer: [text.encode(0x11, 'a').buffer as ArrayBuffer] })
    assert.equal(hex(text.encode(0x11, 'b')), '110162')
  })

  test('can be used while it is in use, by an accessor of the value that it encodes', () => {
    const made = mold({ a: [0x10, 'string'], b: [0x11, 'string'] })
    const value = {
      get a() {
        return hex(made.encode(0x30, { a: 'x', b: '' }))
      },
      b: 'last',
    }
    assert.deepEqual(made.decode(made.encode(0x30, value)), { a: 'b003100178', b: 'last' })
    assert.throws(() => made.encode(0x30, { a: 7, b: 'last' } as never), { code: 'BAD_VALUE' })
    assert.equal(hex(made.encode(0x30, { a: 'x', b: '' })), 'b003100178')
  })

  test('makes zero values of what is absent', () => {
    const made = mold({ a: [0x10, 'string'], b: [0x11, 'int64'], c: [0x12, { d: [0x13, ['bool']] }] })
    assert.deepEqual(made.decode(encodeNode(0x30, [])), { a: '', b: 0n, c: { d: [] } })
    assert.deepEqual(made.decode(encodePrimitive(0x30, '', 'string')), { a: '', b: 0n, c: { d: [] } })
    assert.equal(hex(made.encode(0x30, {} as never)), hex(made.encode(0x30, made.zero())))
  })

  test('takes the last of several packets with one key and steps over keys that it does not know', () => {
    const made = mold({ a: [0x10, 'string'] })
    const packets = [
      ['0x10', 'old'],
      ['0x11', 'unknown'],
      ['0x10', 'new'],
    ].map(([key, text]) => encodePrimitive(key!, text!, 'string'))
    assert.deepEqual(made.decode(encodeNode(0x30, packets)), { a: 'new' })
  })

  test('looks a nested struct up under its own key, though a key repeats at another depth', () => {
    const made = mold({ name: [0x10, 'string'], inner: [0x11, { name: [0x10, 'string'] }] })
    const value = { name: 'outer', inner: { name: 'inner' } }
    assert.deepEqual(made.decode(made.encode(0x30, value)), value)
  })

  test('takes a list with and without the array flag, and writes a top-level list of structs without', () => {
    const rows = mold([{ a: [0x10, 'string'] }] as const)
    assert.equal(hex(rows.encode(0x20, [{ a: 'x' }])), 'a0058003100178')
    const item = encodeNode(0, [encodePrimitive(0x10, 'x', 'string')])
    assert.deepEqual(rows.decode(encodeArray(0x20, [item])), [{ a: 'x' }])
    assert.deepEqual(rows.decode(encodeNode(0x20, [item])), [{ a: 'x' }])
  })

  test('refuses a node for a primitive and a primitive for a node', () => {
    assert.throws(() => mold('').decode(encodeNode(0x10, [])), { code: 'WRONG_KIND' })
    assert.throws(() => mold(['']).decode(encodePrimitive(0x10, 'x', 'string')), { code: 'WRONG_KIND' })
    assert.throws(() => mold({ a: [0x10, ''] }).decode(encodePrimitive(0x10, 'x', 'string')), { code: 'WRONG_KIND' })
  })

  test('refuses to make more values than the limit of so few bytes', () => {
    const items = new Uint8Array(600_000)
    for (let at = 0; at < items.length; at += 2) items[at] = 0x80
    const made = mold([{ a: [0x10, 'string'], b: [0x11, 'string'] }] as const)
    assert.throws(() => made.decode(encodeArray(0x20, [items])), { code: 'TOO_MANY' })
  })

  test('names the field whose value does not fit', () => {
    const made = mold({ reading: [0x10, { temperature: [0x11, 'float32'], list: [0x12, ['int32']] }] })
    const refused = (reading: unknown, message: RegExp) =>
      assert.throws(() => made.encode(0x30, { reading } as never), { name: 'Y3Error', code: 'BAD_VALUE', message })
    refused({ temperature: '20', list: [] }, /^temperature: "20" is not a number$/)
    refused({ temperature: 20, list: [0.5] }, /^list: 0\.5 is not an integer/)
    refused({ temperature: 20, list: 'x' }, /^list: an array is expected$/)
    refused('x', /^reading: an object is expected$/)
  })
})

describe('what is no mold', () => {
  const circular: Record<string, unknown> = {}
  circular.self = { key: 0x10, type: circular }
  const wrong: readonly (readonly [spec: unknown, code: string, message: RegExp])[] = [
    ['int23', 'BAD_MOLD', /^mold is "int23"; expected a type \(string, bytes, .*float64\)/],
    ['toString', 'BAD_MOLD', /"toString"/],
    [undefined, 'BAD_MOLD', /^mold is undefined/],
    [null, 'BAD_MOLD', /^mold is null/],
    [[], 'BAD_MOLD', /^mold is an array of 0/],
    [['', ''], 'BAD_MOLD', /^mold is an array of 2/],
    [{}, 'BAD_MOLD', /^mold has no fields/],
    [{ a: 'int32' }, 'BAD_MOLD', /^mold\.a is "int32"; expected \{ key/],
    [{ a: { key: 0x10 } }, 'BAD_MOLD', /^mold\.a is an object/],
    [{ a: { key: 0x0f, type: '' } }, 'BAD_KEY', /^mold\.a: 0x0f is reserved/],
    [{ a: { key: '0x40', type: '' } }, 'BAD_KEY', /^mold\.a: "0x40" is not a key/],
    [{ a: { key: true, type: '' } }, 'BAD_KEY', /^mold\.a has true for a key/],
    [{ a: [0x10, ''], b: ['0x10', ''] }, 'BAD_MOLD', /^mold\.b has the same key as mold\.a/],
    [{ a: [0x10, { b: [0x11, 'strng'] }] }, 'BAD_MOLD', /^mold\.a\.type\.b\.type is "strng"/],
    [JSON.parse('{"__proto__": ["0x10", ""]}'), 'BAD_MOLD', /__proto__/],
    [circular, 'BAD_MOLD', /does it contain itself/],
  ]
  for (const [spec, code, message] of wrong) {
    test(`is refused: ${message.source}`, () => assert.throws(() => resolveMold(spec), { name: 'Y3Error', code, message }))
  }
})

describe('a marshalled value', () => {
  test('is found under its key, and undefined under another', () => {
    const bytes = marshal('0x11', 'millrace!', mold(''))
    assert.equal(unmarshal(bytes, '0x11', mold('')), 'millrace!')
    assert.equal(unmarshal(bytes, '0x12', mold('')), undefined)
  })

  test('takes only signals before it, and only keys of user data', () => {
    const signal = (key: number) => [encodePrimitive(key, 'x', 'string')]
    for (const key of [0x00, 0x01, 0x10]) assert.throws(() => marshal(0x11, '', mold(''), { signals: signal(key) }), { code: 'BAD_KEY' })
    assert.throws(() => marshal(0x11, '', mold(''), { signals: [encodeNode(2, [])] }), { code: 'BAD_KEY' })
    for (const key of [0x00, 0x01, 0x0f, 0x40, -1, 0.5, '', 'x', '0x111'])
      assert.throws(() => marshal(key, '', mold('')), { code: 'BAD_KEY' })
  })

  test('has integers of the generation that is asked for', () => {
    assert.equal(hex(marshal(0x10, 127, mold('int32'))), '810410' + '02807f')
    assert.equal(hex(marshal(0x10, 127, mold('int32'), { generation: 'y3-v1' })), '810310017f')
  })
})
