import type { Target } from '../target.ts'
import { coreTarget } from './core.ts'
import { endpointTargets } from './endpoint.ts'
import { http3Targets } from './http3.ts'
import { qpackTargets } from './qpack.ts'
import { streamTargets } from './streams.ts'
import { wireTargets } from './wire.ts'

export const TARGETS: readonly Target[] = [
  ...wireTargets,
  ...endpointTargets,
  ...streamTargets,
  ...qpackTargets,
  ...http3Targets,
  coreTarget,
]
