import assert from 'node:assert/strict'
import { test } from 'node:test'
import { marshal, mold } from '@millrace/y3'
import { echoPacket, thermometerPacket } from '../demo/data.ts'
import { outputEchoData, outputHexString, outputPacketPrinter, outputThermometerData } from './formatters.ts'

const time = new Date(0)

test('the echo formatter shows the name alone', () => {
  assert.equal(outputEchoData(echoPacket(1), time), 'name:millrace!')
  assert.equal(outputEchoData(marshal(0x12, 1, mold('int32')), time), 'name:')
})

test('the hexadecimal formatter shows the time and the bytes', () => {
  assert.equal(outputHexString(marshal(0x11, 'ab', mold('')), time), '1970-01-01T00:00:00.000Z\t81 04 11 02 61 62')
})

test('the packet printer shows nodes in braces and lists in brackets', () => {
  const tree = '0x01:{0x10:07, 0x11:6d 69 6c 6c 72 61 63 65 21, 0x20:{0x13:[0x00:69 74 65 6d 20 37, 0x00:69 74 65 6d 20 38]}}'
  assert.equal(outputPacketPrinter(echoPacket(7), time), `1970-01-01T00:00:00.000Z\t${tree}`)
})

test('the thermometer formatter shows each reading', () => {
  const lines = outputThermometerData(thermometerPacket(0), time).split('\t')
  assert.equal(
    lines[1],
    'id:thermometer-1 temperature:20.00 humidity:60.00 stored:true; id:thermometer-2 temperature:24.21 humidity:55.40 stored:true',
  )
})
