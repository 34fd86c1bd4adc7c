// Which keys there are, told when that has changed; never the keys themselves. draft-ietf-quic-qlog-quic-events, "Security Events".
import type { KeyPhases } from '../crypto/key-phases.ts'
import type { SpaceName } from '../crypto/level.ts'
import type { PacketSpace } from '../packet-space.ts'
import type { Tell } from './recovery.ts'

const SIDES = ['client', 'server'] as const
const LEVELS: Readonly<Record<SpaceName, string>> = { initial: 'initial', handshake: 'handshake', application: '1rtt' }

export class KeyLog {
  readonly #spaces: readonly PacketSpace[]
  readonly #phases: KeyPhases
  readonly #tell: Tell
  readonly #present = new Set<PacketSpace>()
  #updates = 0

  constructor(spaces: Readonly<Record<SpaceName, PacketSpace>>, phases: KeyPhases, tell: Tell) {
    this.#spaces = Object.values(spaces)
    this.#phases = phases
    this.#tell = tell
  }

  sample(): void {
    for (const space of this.#spaces) {
      const present = space.sealer !== null && space.opener !== null
      if (present === this.#present.has(space)) continue
      if (present) this.#present.add(space)
      else this.#present.delete(space)
      this.#both(present ? 'key_updated' : 'key_discarded', space, { trigger: 'tls' })
    }
    const { updates } = this.#phases
    if (updates === this.#updates) return
    this.#updates = updates
    this.#both('key_updated', this.#spaces.at(-1)!, { key_phase: updates })
  }

  #both(name: string, space: PacketSpace, more: Readonly<Record<string, unknown>>): void {
    for (const side of SIDES) this.#tell(name, { key_type: `${side}_${LEVELS[space.name]}_secret`, ...more })
  }
}
