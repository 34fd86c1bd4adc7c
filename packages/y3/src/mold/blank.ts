// Objects that come out of a struct: plain ones, with all fields in the order of declaration whatever the order on the wire, so that every struct of
// one mold has one hidden class.

export type Struct = Record<string, unknown>

/** V8 has seen how many fields instances have, and keeps them within the object, after so many. */
const SETTLED = 16

/**
 * An object with these fields, undefined, to be copied. `{ ...blank }` takes 50 ns when the fields are kept within the object, as those of a
 * constructor's instances are; with names added to `{}`, kept beside it, the same took thousands.
 */
export function blankOf(names: readonly string[]): Struct {
  function Blank(this: Struct): void {
    for (const name of names) this[name] = undefined
  }
  // What it makes is a plain object by every test.
  Blank.prototype = Object.prototype
  const make = Blank as unknown as new () => Struct
  for (let count = 0; count < SETTLED; count++) new make()
  return new make()
}
