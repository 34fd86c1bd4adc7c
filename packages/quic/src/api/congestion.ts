// Which congestion controller a session uses: one of ours by name, or one of the user's own.
import { Bbr } from '../core/congestion/bbr.ts'
import { Bbr3 } from '../core/congestion/bbr3.ts'
import type { CongestionController, CongestionControllerFactory } from '../core/congestion/controller.ts'
import { Copa } from '../core/congestion/copa.ts'
import { Cubic } from '../core/congestion/cubic.ts'
import { NewReno } from '../core/congestion/new-reno.ts'
import { wrong } from './option-checks.ts'
import { shown } from './option-shapes.ts'

/** Makes a controller of ours for a path that begins with so many datagrams. */
type Maker = (maxDatagramSize: number, random: () => number, initialDatagrams: number) => CongestionController

const newReno: Maker = (size, _random, initial) => new NewReno(size, initial)

/** The congestion controllers by name; `reno` is another name of `newreno`. */
export type CongestionAlgorithm = 'cubic' | 'newreno' | 'reno' | 'bbr' | 'bbr3' | 'copa'

const CONTROLLERS: Readonly<Record<CongestionAlgorithm, Maker>> = {
  cubic: (size, _random, initialWindow) => new Cubic(size, initialWindow),
  newreno: newReno,
  reno: newReno,
  bbr: (size, random, initialWindow) => new Bbr(size, { initialWindow }, random),
  bbr3: (size, random, initialWindow) => new Bbr3(size, random, { initialWindow }),
  copa: (size, _random, initialWindow) => new Copa(size, { initialWindow }),
}

/** Options of a session that concern congestion control. RFC 9002 section 7. */
export interface CongestionOptions {
  /**
   * The congestion controller: `cubic` (the default, RFC 9438), `newreno` (RFC 9002), `bbr`, `bbr3`, `copa`, or a function that makes one of your own for
   * each connection.
   */
  readonly congestion?: CongestionAlgorithm | CongestionControllerFactory
  /** The name that node:quic has for `congestion`: `reno`, `cubic` or `bbr`. */
  readonly cc?: CongestionAlgorithm
  /** Datagrams that may leave before the first acknowledgement, 2 to 100. Default 10 (RFC 9002 section 7.2). A controller of your own decides for itself. */
  readonly initialWindow?: number
}

/** What `session.congestionController` may be set to. */
export type CongestionChoice = CongestionAlgorithm | CongestionControllerFactory | CongestionController

/** @internal */
export function checkCongestion(options: CongestionOptions, initialDatagrams: number): CongestionControllerFactory {
  const { congestion, cc } = options
  if (congestion !== undefined && cc !== undefined) throw wrong('cc', 'is another name for congestion: give one of them')
  if (typeof congestion === 'function') return (size, random) => complete('congestion', congestion(size, random))
  const name = congestion !== undefined ? congestion : cc !== undefined ? cc : 'cubic'
  const make = makerOf(congestion === undefined ? 'cc' : 'congestion', name)
  return (size, random) => make(size, random, initialDatagrams)
}

/** The controller that a choice stands for, on a path that is in use. @internal */
export function chosenController(choice: CongestionChoice, maxDatagramSize: number): CongestionController {
  if (typeof choice === 'function') return complete('congestionController', choice(maxDatagramSize, Math.random))
  if (typeof choice === 'object') return complete('congestionController', choice)
  return makerOf('congestionController', choice)(maxDatagramSize, Math.random, 10)
}

/** A controller of the user's own. Throws ERR_QUIC_OPTION where a member is missing, which would else be missed in the middle of an acknowledgement. */
function complete(option: string, controller: CongestionController): CongestionController {
  const members = controller as unknown as Readonly<Record<string, unknown>> | null
  const missing =
    members === null
      ? METHODS
      : [...METHODS.filter((name) => typeof members[name] !== 'function'), ...NUMBERS.filter((name) => typeof members[name] !== 'number')]
  if (missing.length === 0) return controller
  throw wrong(option, `is no congestion controller: it lacks ${missing.join(', ')}`)
}

const METHODS = [
  'packetsAcknowledged',
  'packetsLost',
  'congestionExperienced',
  'persistentCongestion',
  'datagramSizeChanged',
  'reset',
] as const satisfies readonly (keyof CongestionController)[]

const NUMBERS = ['window', 'slowStartThreshold'] as const satisfies readonly (keyof CongestionController)[]

function makerOf(option: string, name: string): Maker {
  if (typeof name === 'string' && Object.hasOwn(CONTROLLERS, name)) return CONTROLLERS[name as CongestionAlgorithm]
  throw wrong(
    option,
    `is ${typeof name === 'string' ? JSON.stringify(name) : shown(name)}; it may be ${Object.keys(CONTROLLERS).join(', ')}, or a function that makes a controller`,
  )
}
