// Express gives each request and response another prototype, one that leads to Node's own classes and not to ours. What of ours must be called all
// the same has to be the object's own.

/** Makes methods of its class an object's own properties. */
export function keep<T extends object>(message: T, names: readonly (keyof T)[]): void {
  for (const name of names) {
    // Assigned to itself, which looks idle, and is how an inherited property becomes an own one.
    const method = message[name]
    message[name] = method
  }
}
