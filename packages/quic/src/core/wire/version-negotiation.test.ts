import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Writer } from '@millrace/bytes'
import { parseHeader } from './packet-header.ts'
import {
  isReservedVersion,
  parseVersionNegotiation,
  reservedVersion,
  SUPPORTED_VERSIONS,
  writeVersionNegotiation,
} from './version-negotiation.ts'

const DCID = new Uint8Array(33).fill(1)
const SCID = new Uint8Array(255).fill(2)

function packet(versions: readonly number[], random = 0): Uint8Array {
  const bytes = new Uint8Array(7 + DCID.length + SCID.length + versions.length * 4)
  const writer = new Writer(bytes)
  writeVersionNegotiation(writer, DCID, SCID, random, versions)
  assert.equal(writer.room, 0)
  return bytes
}

test('a list of versions is read as it was written, with ids of any length and at any place in memory', () => {
  const versions = [reservedVersion(0x1234_5678), 1, 0xff00_001d]
  const bytes = Buffer.concat([new Uint8Array(3), packet(versions)])
  const header = parseHeader(bytes, 3, bytes.length, 8)
  assert.ok(header !== null)
  assert.deepEqual([header.type, header.version], ['versionNegotiation', 0])
  assert.deepEqual(header.dcid, DCID)
  assert.deepEqual(header.scid, SCID)
  assert.deepEqual(parseVersionNegotiation(header), versions)
})

test('the unused bits are random, the form bit and the one that demultiplexers look at are set', () => {
  assert.deepEqual([packet([1], 0)[0], packet([1], 0xff)[0], packet([1], 0x2a)[0]], [0xc0, 0xff, 0xea])
})

test('no version, or part of one, is malformed', () => {
  for (const cut of [1, 2, 3, 4]) {
    const bytes = packet([1])
    const header = parseHeader(bytes, 0, bytes.length - cut, 8)
    assert.ok(header !== null)
    assert.equal(parseVersionNegotiation(header), null)
  }
})

test('versions 1 and 2 are spoken; reserved versions are of the form 0x?a?a?a?a and never supported', () => {
  assert.deepEqual(SUPPORTED_VERSIONS, [1, 0x6b33_43cf])
  for (const random of [0, 0xffff_ffff, 0x1234_5678]) {
    assert.match(reservedVersion(random).toString(16).padStart(8, '0'), /^(.a){4}$/)
    assert.equal(isReservedVersion(reservedVersion(random)), true)
  }
  assert.equal(SUPPORTED_VERSIONS.some(isReservedVersion), false)
})
