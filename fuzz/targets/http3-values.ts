// Capsules, structured fields and targets of tunnels, as strangers write them. RFC 9297, RFC 9651, RFC 9298.
import { CapsuleReader } from '../../packages/http3/src/core/capsules/capsule-reader.ts'
import { parseDictionary, parseItem, parseList } from '../../packages/http3/src/core/fields/structured-fields.ts'
import { decodeFlowCapsule, isFlowCapsule, LARGEST_FLOW_CAPSULE } from '../../packages/http3/src/core/webtransport/flow-capsules.ts'
import { CAPSULES, CLOSE_SESSION_CAPSULE, decodeClose } from '../../packages/http3/src/core/webtransport/wire.ts'
import { Http3Error } from '../../packages/http3/src/core/wire/http3-error.ts'
import type { Target } from '../target.ts'

/** The first byte says where the rest is cut in two. */
const capsules: Target = {
  name: 'capsules',
  declared: (error) => error instanceof Http3Error && error.scope === 'stream',
  run(input) {
    const seen: string[] = []
    const reader = new CapsuleReader({
      largest,
      capsule(type, payload) {
        if (payload.length > largest(type)!) throw new Error(`${payload.length} bytes of a capsule 0x${type.toString(16)}`)
        if (isFlowCapsule(type)) {
          const { says, of } = decodeFlowCapsule(type, payload)
          seen.push(`${says} ${of}`)
        } else seen.push(type === CLOSE_SESSION_CAPSULE ? `close ${Math.min(9, decodeClose(payload).reason.length)}` : 'drain')
      },
    })
    const cut = 1 + (input[0] ?? 0)
    reader.push(input.subarray(1, cut))
    reader.push(input.subarray(cut))
    reader.finish()
    return seen.slice(0, 4).join(' ')
  },
}

/** The first byte says which kind of field the rest is. It never throws. */
const structuredFields: Target = {
  name: 'structured-fields',
  declared: () => false,
  run(input) {
    const text = String.fromCharCode(...input.subarray(1))
    const kind = (input[0] ?? 0) % 3
    if (kind === 0) return `item ${typeof parseItem(text)?.value}`
    if (kind === 1) return `list ${parseList(text)?.length ?? 'none'}`
    return `dictionary ${parseDictionary(text)?.size ?? 'none'}`
  },
}

function largest(type: number): number | undefined {
  return CAPSULES.get(type) ?? (isFlowCapsule(type) ? LARGEST_FLOW_CAPSULE : undefined)
}

export const http3ValueTargets: readonly Target[] = [capsules, structuredFields]
