import type { Target } from '../target.ts'
import { coreTarget } from './core.ts'
import { endpointTargets } from './endpoint.ts'
import { http3Targets } from './http3.ts'
import { http3ValueTargets } from './http3-values.ts'
import { qpackTargets } from './qpack.ts'
import { streamTargets } from './streams.ts'
import { wireTargets } from './wire.ts'

export const TARGETS: readonly Target[] = [
  ...wireTargets,
  ...endpointTargets,
  ...streamTargets,
  ...qpackTargets,
  ...http3Targets,
  ...http3ValueTargets,
  coreTarget,
]
