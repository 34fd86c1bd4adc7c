/** Something that must never be so is so. */
export class SimulationFailure extends Error {
  override readonly name = 'SimulationFailure'
}
