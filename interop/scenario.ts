// What lies between client and server, after the scenarios of the public interop runner's simulator.
import type { ImpairmentOptions } from '@millrace/netsim'

export interface Rebinding {
  /** Milliseconds after the first datagram. */
  readonly firstMillis: number
  readonly everyMillis: number
  /** What becomes another: the port, or address and port, under which the server sees the client. */
  readonly changes: 'port' | 'address'
}

export interface Scenario {
  readonly toServer: ImpairmentOptions
  readonly toClient: ImpairmentOptions
  readonly rebinding?: Rebinding
}

const LINK = { delayMillis: 15, bitsPerSecond: 10_000_000, queueDatagrams: 25 } as const

const both = (options: ImpairmentOptions): Scenario => ({ toServer: options, toClient: options })

/** A link of 10 Mbit/s with a round trip of 30 ms and room for 25 packets. */
export const simple: Scenario = both(LINK)

export const long: Scenario = both({ ...LINK, delayMillis: 750 })

export const blackHole: Scenario = both({ ...LINK, blackHoles: [{ fromMillis: 5_000, untilMillis: 7_000, everyMillis: 7_000 }] })

export const lossy = (share: number): Scenario => both({ ...LINK, lossRate: share, lossBurst: 3 })

export const corrupting = (share: number): Scenario => both({ ...LINK, corruptRate: share, corruptBurst: 3 })

/** The server's first datagrams arrive, and what the client says to them does not. */
export const deafServer: Scenario = { toServer: { ...LINK, dropList: [2, 3, 4, 5, 6, 7] }, toClient: LINK }

export const rebinding = (changes: Rebinding['changes']): Scenario => ({
  ...simple,
  rebinding: { firstMillis: 1_000, everyMillis: 5_000, changes },
})
