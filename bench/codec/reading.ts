// What all codecs carry: a machine's reading of twenty fields, as a sensor gateway would send it.

/** What a field holds, in words that every codec has its own type for. */
export type Kind = 'text' | 'integer' | 'float' | 'flag'

/** By name, in the order in which they are sent. */
export const FIELDS = {
  machine: 'text',
  site: 'text',
  order: 'text',
  shift: 'integer',
  cycle: 'integer',
  running: 'flag',
  pressure: 'float',
  speed: 'float',
  torque: 'float',
  temperature: 'float',
  humidity: 'float',
  vibration: 'float',
  voltage: 'float',
  current: 'float',
  parts: 'integer',
  rejects: 'integer',
  alarm: 'flag',
  tool: 'text',
  operator: 'text',
  signal: 'integer',
} as const

interface ValueOf {
  readonly text: string
  readonly integer: number
  readonly float: number
  readonly flag: boolean
}

export type Reading = { readonly [F in keyof typeof FIELDS]: ValueOf[(typeof FIELDS)[F]] }

/** Numbers have the digits that sensors give. */
export const READING: Reading = {
  machine: 'press-17',
  site: 'graz/hall-2',
  order: '2026-11-004711',
  shift: 2,
  cycle: 1_284_551,
  running: true,
  pressure: 181.3725,
  speed: 1480.62,
  torque: 37.915,
  temperature: 71.4375,
  humidity: 41.08,
  vibration: 0.003_178,
  voltage: 398.71,
  current: 12.046,
  parts: 48_213,
  rejects: 17,
  alarm: false,
  tool: 'die 80x40 B',
  operator: 'a.gruber',
  signal: -67,
}

/** What is observed: a field in the middle. */
export const OBSERVED = 'temperature'
