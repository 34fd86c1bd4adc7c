// In which order a message's frames may come, as tables: event -> { from: to }. RFC 9114 sections 4.1 and 4.4.

/** `start`: no final header section yet. `content`: DATA or trailers follow. `trailed`: all was said. `tunnel`: DATA only, after CONNECT. */
export type MessageState = 'start' | 'content' | 'trailed' | 'tunnel'

/** Sections and content, as they were sent or have arrived. */
export type MessageEvent = 'interim' | 'head' | 'tunnelHead' | 'data' | 'trailers'

type Table = Readonly<Record<MessageEvent, Readonly<Partial<Record<MessageState, MessageState>>>>>

/** For both directions: what may be sent is what may arrive. */
export const MESSAGE_EVENTS: Table = {
  interim: { start: 'start' },
  head: { start: 'content' },
  tunnelHead: { start: 'tunnel' },
  data: { content: 'content', tunnel: 'tunnel' },
  trailers: { content: 'trailed' },
}

/** The state after `event`, or null where it may not come. */
export function messageStep(state: MessageState, event: MessageEvent): MessageState | null {
  return MESSAGE_EVENTS[event][state] ?? null
}
