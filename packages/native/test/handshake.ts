// Two TLS sessions that hand each other what they produce, in memory.
import assert from 'node:assert/strict'
import { Arena, type Level, type TlsEvent, type TlsSession } from '../src/index.ts'

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

/** What one side seals at each level, the other opens. */
export function keysFit(from: Side, to: Side): void {
  for (const { level, sealer } of eventsOf(from, 'sealerInstalled')) {
    const { opener } = eventsOf(to, 'openerInstalled').find((event) => event.level === level)!
    const arena = Arena.allocate(64)
    arena.bytes[0] = 0x41
    arena.bytes.write('payload of the packet', 12)
    sealer.seal(arena, 0, 12, 2, 21, 77)
    assert.equal(opener.unmask(arena, 0, 10), 2)
    assert.ok(opener.open(arena, 0, 12, 21 + 16, 77))
    assert.equal(arena.bytes.toString('latin1', 12, 33), 'payload of the packet')
  }
}

function same(_from: string, _level: Level, bytes: Uint8Array): Uint8Array {
  return bytes
}
