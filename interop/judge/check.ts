// A condition on the decrypted trace: why it does not hold, in a sentence, or null when it does.
import type { Trace } from '../trace/decrypt.ts'

export type Check = (trace: Trace) => string | null
