// What every controller keeps to, loss-based or not; NewReno has a file of its own.
import { describe, test } from 'node:test'
import { Bbr } from './bbr.ts'
import { Bbr3 } from './bbr3.ts'
import { CarefulResume } from './careful-resume.ts'
import { COMPLIANCE } from './compliance.ts'
import type { CongestionControllerFactory } from './controller.ts'
import { Copa } from './copa.ts'
import { Cubic } from './cubic.ts'

const CONTROLLERS: Readonly<Record<string, { readonly make: CongestionControllerFactory; readonly lossBased: boolean }>> = {
  CUBIC: { make: (size) => new Cubic(size), lossBased: true },
  'CUBIC behind Careful Resume': {
    make: (size) => new CarefulResume(new Cubic(size), { window: 1_000_000, rttMillis: 50 }, size),
    lossBased: true,
  },
  BBR: { make: (size, random) => new Bbr(size, {}, random), lossBased: false },
  BBRv3: { make: (size, random) => new Bbr3(size, random), lossBased: false },
  Copa: { make: (size) => new Copa(size), lossBased: false },
}

for (const [name, { make, lossBased }] of Object.entries(CONTROLLERS)) {
  describe(`${name} complies: the window`, () => {
    for (const rule of COMPLIANCE) if (lossBased || !rule.lossBased) test(rule.name, () => rule.check(make))
  })
}
