// Stream ids carry who opened the stream and whether it has one direction or two. RFC 9000 section 2.1.

export type Side = 'client' | 'server'
export type Direction = 'bidi' | 'uni'

export function initiator(id: number): Side {
  return id % 2 === 0 ? 'client' : 'server'
}

export function direction(id: number): Direction {
  return Math.floor(id / 2) % 2 === 0 ? 'bidi' : 'uni'
}

/** Its place among the streams of its kind, from 0. */
export function ordinal(id: number): number {
  return Math.floor(id / 4)
}

export function streamId(opener: Side, kind: Direction, place: number): number {
  return place * 4 + (kind === 'uni' ? 2 : 0) + (opener === 'server' ? 1 : 0)
}
