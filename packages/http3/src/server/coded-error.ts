// Errors with the codes that Node gives them, since applications decide by those.

export function codedError(type: new (message: string) => Error, code: string, message: string): Error {
  return Object.assign(new type(message), { code })
}
