/**
 * Cursors, variable-length integers, sets of ranges, and maps for what comes and goes. Pure: depends on nothing.
 *
 * @module @millrace/bytes
 */
export { ChurnMap, ChurnSet } from './churn-map.ts'
export { copyOf } from './copy.ts'
export { BytesError } from './error.ts'
export { RangeSet } from './range-set.ts'
export { Reader } from './reader.ts'
export { MAX_VARINT, varintSize } from './varint.ts'
export { Writer } from './writer.ts'
