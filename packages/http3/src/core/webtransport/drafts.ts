// Which draft of WebTransport a connection speaks, by the settings of both ends. draft-ietf-webtrans-http3 sections 3.1, 5.1 and 7.1.
import { Http3Error } from '../wire/http3-error.ts'
import { ENABLE_WEBTRANSPORT_DRAFT_02, MAX_SESSIONS_DRAFT_07 } from './wire.ts'

/** SETTINGS_WT_ENABLED: WebTransport as the newest draft has it. Section 9.2. */
export const WT_ENABLED = 0x2c7cf000
/** SETTINGS_WT_INITIAL_MAX_STREAMS_UNI, SETTINGS_WT_INITIAL_MAX_STREAMS_BIDI and SETTINGS_WT_INITIAL_MAX_DATA. Section 5.5. */
export const WT_INITIAL_MAX_STREAMS_UNI = 0x2b64
export const WT_INITIAL_MAX_STREAMS_BIDI = 0x2b65
export const WT_INITIAL_MAX_DATA = 0x2b61

/** What an extended CONNECT asks for, by the draft. Section 9.1. */
export const UPGRADE_TOKEN = 'webtransport-h3'
/** Of the drafts before the fifteenth. */
export const FORMER_UPGRADE_TOKEN = 'webtransport'

/** What one end allows the other in each session, before it says more. */
export interface InitialLimits {
  /** Bytes on all streams of the session, their headers left out. */
  readonly data: number
  /** Streams of each kind that the other end opens. */
  readonly bidi: number
  readonly uni: number
}

/** Limits of both ends, where both want flow control. Section 5.1. */
export interface FlowTerms {
  readonly own: InitialLimits
  readonly peer: InitialLimits
}

type Settings = ReadonlyMap<number, number>

/** The settings by which an end says that it speaks all drafts that are known here; `sessions` are for those that count them. */
export function draftSettings(sessions: number, limits: InitialLimits): Map<number, number> {
  return new Map([
    [WT_ENABLED, 1],
    [WT_INITIAL_MAX_STREAMS_UNI, limits.uni],
    [WT_INITIAL_MAX_STREAMS_BIDI, limits.bidi],
    [WT_INITIAL_MAX_DATA, limits.data],
    ...formerDraftSettings(sessions),
  ])
}

/** As `draftSettings()`, for an end that cannot do what the newest draft requires: drafts 2, and 7 to 12. */
export function formerDraftSettings(sessions: number): Map<number, number> {
  return new Map([
    [ENABLE_WEBTRANSPORT_DRAFT_02, 1],
    [MAX_SESSIONS_DRAFT_07, sessions],
  ])
}

/** Whether both ends speak the newest draft. Throws H3_SETTINGS_ERROR, for a client, where a server's setting has no meaning. Section 3.1. */
export function speakNewest(own: Settings, peer: Settings): boolean {
  const enabled = peer.get(WT_ENABLED) ?? 0
  if (enabled > 1) throw new Http3Error('H3_SETTINGS_ERROR', `SETTINGS_WT_ENABLED is ${enabled}, at most 1`)
  return enabled === 1 && own.get(WT_ENABLED) === 1
}

/** Whether the peer speaks one of the drafts before. */
export function speaksFormer(peer: Settings): boolean {
  return peer.get(ENABLE_WEBTRANSPORT_DRAFT_02) === 1 || (peer.get(MAX_SESSIONS_DRAFT_07) ?? 0) > 0
}

/** The limits of sessions, where both ends want them; null where one does not: then there is none, and one session at a time. Section 5.1. */
export function flowTerms(own: Settings, peer: Settings): FlowTerms | null {
  const [ours, theirs] = [limitsOf(own), limitsOf(peer)]
  return ours === null || theirs === null ? null : { own: ours, peer: theirs }
}

function limitsOf(settings: Settings): InitialLimits | null {
  const limits = {
    data: settings.get(WT_INITIAL_MAX_DATA) ?? 0,
    bidi: settings.get(WT_INITIAL_MAX_STREAMS_BIDI) ?? 0,
    uni: settings.get(WT_INITIAL_MAX_STREAMS_UNI) ?? 0,
  }
  return limits.data + limits.bidi + limits.uni === 0 ? null : limits
}
