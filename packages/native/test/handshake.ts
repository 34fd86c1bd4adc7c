// Two TLS sessions that hand each other what they produce, in memory.
import type { Level, TlsEvent, TlsSession } from '../src/index.ts'

export interface Side {
  readonly session: TlsSession
  readonly events: TlsEvent[]
}

export type EventOf<Type extends TlsEvent['type']> = Extract<TlsEvent, { type: Type }>

/** Runs both sides until neither has anything to say. `between` may change what goes over, or drop it by returning null. */
export function converse(
  client: TlsSession,
  server: TlsSession,
  between: (from: 'client' | 'server', level: Level, bytes: Uint8Array) => Uint8Array | null = same,
): { client: Side; server: Side } {
  const sides = { client: { session: client, events: [] as TlsEvent[] }, server: { session: server, events: [] as TlsEvent[] } }
  client.start()
  server.start()
  for (let moved = true; moved; ) {
    moved = false
    for (const from of ['client', 'server'] as const) {
      const to = from === 'client' ? server : client
      for (let event = sides[from].session.takeEvent(); event; event = sides[from].session.takeEvent()) {
        moved = true
        sides[from].events.push(event)
        if (event.type !== 'cryptoProduced') continue
        const bytes = between(from, event.level, event.bytes)
        if (bytes) to.provide(event.level, bytes)
      }
    }
  }
  return sides
}

export function eventsOf<Type extends TlsEvent['type']>(side: Side, type: Type): EventOf<Type>[] {
  return side.events.filter((event): event is EventOf<Type> => event.type === type)
}

/** Releases both sessions and all keys that they handed out. */
export function releaseAll(sides: { client: Side; server: Side }): void {
  for (const { session, events } of [sides.client, sides.server]) {
    session.release()
    for (const event of events) {
      if (event.type === 'sealerInstalled') event.sealer.release()
      if (event.type === 'openerInstalled') event.opener.release()
    }
  }
}

function same(_from: string, _level: Level, bytes: Uint8Array): Uint8Array {
  return bytes
}
