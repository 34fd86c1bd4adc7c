/** A simulation that cannot go on. The message names the seed, with which it happens again exactly. */
export class NetsimError extends Error {
  override readonly name = 'NetsimError'
  /**
   * BAD_OPTION: an option is out of range. DEADLINE: what was waited for had not happened. STALLED: a peer keeps the clock from going on.
   * PEER_FAILED: a peer threw; see `cause`.
   */
  readonly code: 'BAD_OPTION' | 'DEADLINE' | 'STALLED' | 'PEER_FAILED'

  constructor(code: NetsimError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
