// How `--print` shows what leaves the chain.

import { Option } from 'commander'
import { type Formatter, outputEchoData, outputHexString, outputPacketPrinter, outputThermometerData } from '../plugin/formatters.ts'

export const formatters: Readonly<Record<string, Formatter>> = {
  packet: outputPacketPrinter,
  hex: outputHexString,
  echo: outputEchoData,
  thermometer: outputThermometerData,
}

/** The option, with names besides those of the formatters. */
export function printOption(...others: readonly string[]): Option {
  return new Option('--print <format>', 'how to print messages').choices([...Object.keys(formatters), ...others]).default('packet')
}
