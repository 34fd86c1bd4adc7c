import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AddressBook, encodeSockaddr, KnownAddress, MAX_ADDRESSES } from './address.ts'

describe('an address book', () => {
  const port = fc.nat(65_535)

  it('knows an IPv4 address again, by sockaddr, by text and from Node', () => {
    fc.assert(
      fc.property(fc.ipV4(), port, (address, number) => {
        const book = new AddressBook(4)
        const known = book.resolve(address, number)
        assert.deepEqual({ family: known.family, address: known.address, port: known.port }, { family: 4, address, port: number })
        const table = Buffer.alloc(100, 0xee)
        encodeSockaddr(4, address, number).copy(table, 32)
        assert.equal(book.at(table, 32), known)
        assert.equal(book.fromHost(address, number), known)
        assert.equal(KnownAddress.host(known), address)
      }),
    )
  })

  it('knows an IPv6 address again, whatever its flow label', () => {
    fc.assert(
      fc.property(fc.ipV6(), port, fc.nat(0xfffff), (address, number, flow) => {
        const book = new AddressBook(6)
        const known = book.resolve(address, number)
        const sockaddr = encodeSockaddr(6, address, number)
        sockaddr.writeUInt32BE(flow, 4)
        assert.equal(book.at(sockaddr, 0), known)
        assert.equal(book.resolve(known.address, known.port), known)
      }),
    )
  })

  it('tells ports, addresses and zones apart', () => {
    const book = new AddressBook(6)
    const distinct = new Set(
      ['::1', '::2', '1::', 'fe80::1', 'fe80::1%1', 'fe80::1%2', '127.0.0.1'].flatMap((text) => [
        book.resolve(text, 1),
        book.resolve(text, 2),
        book.resolve(text, 256),
      ]),
    )
    assert.equal(distinct.size, 21)
    assert.equal(book.resolve('fe80::1%2', 1).address, 'fe80::1%2')
  })

  it('calls a mapped address by its IPv4 name, and reaches it by its IPv6 one', () => {
    const book = new AddressBook(6)
    const known = book.resolve('::ffff:192.0.2.7', 443)
    assert.deepEqual([known.family, known.address], [4, '192.0.2.7'])
    assert.equal(book.resolve('192.0.2.7', 443), known)
    assert.equal(KnownAddress.host(known), '::ffff:192.0.2.7')
    assert.equal(KnownAddress.sockaddr(known).length, 28)
  })

  for (const family of [4, 6] as const) {
    it(`forgets the oldest that was not seen again when it is full (IPv${family})`, () => {
      const book = new AddressBook(family)
      const first = book.resolve('192.0.2.1', 0)
      const second = book.resolve('192.0.2.1', 1)
      for (let i = 2; i < MAX_ADDRESSES; i++) book.resolve('192.0.2.1', i)
      assert.equal(book.resolve('192.0.2.1', 1), second)
      book.resolve('192.0.2.1', MAX_ADDRESSES)
      assert.notEqual(book.resolve('192.0.2.1', 0), first)
    })

    it(`keeps those that go on talking, however many others appear (IPv${family})`, () => {
      const book = new AddressBook(family)
      const loyal = Array.from({ length: 10 }, (_, i) => book.resolve('192.0.2.2', i))
      for (let i = 0; i < 3 * MAX_ADDRESSES; i++) {
        book.resolve('198.51.100.1', i)
        if (i % 1000 === 0) for (const [port, address] of loyal.entries()) assert.equal(book.resolve('192.0.2.2', port), address)
      }
    })

    it(`finds room even if all were seen again (IPv${family})`, () => {
      const book = new AddressBook(family)
      for (let round = 0; round < 2; round++) for (let i = 0; i < MAX_ADDRESSES; i++) book.resolve('192.0.2.1', i)
      const late = book.resolve('198.51.100.1', 1)
      assert.equal(book.resolve('198.51.100.1', 1), late)
    })
  }

  it("makes another book's address its own", () => {
    const four = new AddressBook(4)
    const six = new AddressBook(6)
    const address = four.resolve('192.0.2.1', 9)
    assert.equal(four.own(address), address)
    const own = six.own(address)
    assert.notEqual(own, address)
    assert.equal(six.own(own), own)
    assert.equal(six.own({ family: 4, address: '192.0.2.1', port: 9 }), own)
  })

  it('prints as an address does', () => {
    assert.equal(JSON.stringify(new AddressBook(4).resolve('192.0.2.1', 9)), '{"family":4,"address":"192.0.2.1","port":9}')
  })

  it('refuses what its socket cannot reach', () => {
    assert.throws(() => new AddressBook(4).resolve('::1', 1), { code: 'ERR_NATIVE_OPTION' })
    assert.throws(() => new AddressBook(4).resolve('1.2.3.4', -1), { code: 'ERR_NATIVE_OPTION' })
  })
})
