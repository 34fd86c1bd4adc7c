// One direction of a random network: bad, but never so bad that a connection may rightly die of it.
import type { ImpairmentOptions, Random, Step } from '@millrace/netsim'
import { between, magnitude, perhaps } from './draw.ts'

const MTU = { least: 1200, most: 1500 }

/** A queue is never longer than this, or round trips would grow past every timeout. */
const MOST_QUEUED_MILLIS = 1500

/** Datagrams lost in a row, at most: with two on each probe timeout, and each timeout twice as long as the last, more would be silence beyond all patience. */
const LONGEST_LOSS = 8

export function drawPath(random: Random): ImpairmentOptions {
  const bitsPerSecond = perhaps(random, 0.7, (own) => magnitude(own, 100_000, 200_000_000), undefined)
  const fits = Math.floor(((bitsPerSecond ?? 0) * MOST_QUEUED_MILLIS) / 1000 / 8 / MTU.most)
  return {
    delayMillis: random.chance(0.1) ? 0 : magnitude(random, 1, 200),
    jitterMillis: perhaps(random, 0.4, (own) => magnitude(own, 1, 40), 0),
    ...(bitsPerSecond !== undefined && { bitsPerSecond, queueDatagrams: Math.max(4, Math.min(fits, magnitude(random, 4, 300))) }),
    lossRate: perhaps(random, 0.5, (own) => own.fraction() * 0.2, 0),
    lossBurst: between(random, 1, 4),
    corruptRate: perhaps(random, 0.2, (own) => own.fraction() * 0.1, 0),
    corruptBurst: between(random, 1, 3),
    duplicateRate: perhaps(random, 0.3, (own) => own.fraction() * 0.2, 0),
    reorderRate: perhaps(random, 0.3, (own) => own.fraction() * 0.3, 0),
    reorderMillis: magnitude(random, 1, 100),
    blackHoles: perhaps(random, 0.2, drawBlackHoles, []),
    mtu: between(random, MTU.least, MTU.most),
    markRate: perhaps(random, 0.2, (own) => own.fraction() * 0.3, 0),
    ...(random.chance(0.2) && { markQueueDatagrams: between(random, 2, 20) }),
    bleachesEcn: random.chance(0.1),
    ...perhaps(random, 0.2, (own) => drawSteps(own, bitsPerSecond), {}),
    ...perhaps(random, 0.2, drawLossBursts, {}),
  }
}

/** In place of losses that come each on its own: as radio and full queues have them. */
function drawLossBursts(random: Random): Pick<ImpairmentOptions, 'lossRate' | 'lossBurst' | 'meanLossBurst'> {
  return { lossRate: random.fraction() * 0.2, lossBurst: LONGEST_LOSS, meanLossBurst: between(random, 2, 5) }
}

function drawBlackHoles(random: Random): NonNullable<ImpairmentOptions['blackHoles']> {
  return Array.from({ length: between(random, 1, 2) }, () => {
    const fromMillis = between(random, 0, 10_000)
    return { fromMillis, untilMillis: fromMillis + between(random, 10, 3000) }
  })
}

/** Speed and delay go up and down by a factor of four at most. */
function drawSteps(random: Random, bitsPerSecond: number | undefined): Pick<ImpairmentOptions, 'steps' | 'stepsEveryMillis'> {
  const steps: Step[] = Array.from({ length: between(random, 1, 5) }, (_, index) => ({
    fromMillis: (index + 1) * between(random, 200, 300),
    ...(bitsPerSecond !== undefined && { bitsPerSecond: bitsPerSecond * 4 ** (random.fraction() * 2 - 1) }),
    ...(random.chance(0.5) && { delayMillis: magnitude(random, 1, 200) }),
  }))
  steps.sort((one, other) => one.fromMillis - other.fromMillis)
  return { steps, ...(random.chance(0.5) && { stepsEveryMillis: between(random, 1600, 5000) }) }
}
