// qlog of the present drafts as the public qvis reads it: version 0.3, which had other words for the same. Its loader refuses a file whose first record has
// no `qlog_version` and `qlog_format`, and its diagrams look events up by the categories of then.

type Fields = Readonly<Record<string, unknown>>

interface Record03 {
  readonly time: number
  readonly name: string
  readonly data: Fields
}

/** HTTP/3's namespace, which was a category. */
const HTTP3 = 'http3:'

/** Categories and names of version 0.3; what is not here keeps its name, among those of the transport. */
const NAMES: Readonly<Record<string, string>> = {
  connection_started: 'connectivity:connection_started',
  connection_closed: 'connectivity:connection_closed',
  connection_state_updated: 'connectivity:connection_state_updated',
  key_updated: 'security:key_updated',
  key_discarded: 'security:key_retired',
  recovery_parameters_set: 'recovery:parameters_set',
  recovery_metrics_updated: 'recovery:metrics_updated',
  congestion_state_updated: 'recovery:congestion_state_updated',
  timer_updated: 'recovery:loss_timer_updated',
  packet_lost: 'recovery:packet_lost',
  udp_datagrams_sent: 'transport:datagrams_sent',
  udp_datagrams_received: 'transport:datagrams_received',
}

const SEPARATOR = '\x1e'

/** A log as Millrace writes it, in the words of version 0.3. Throws SyntaxError for what is no JSON text sequence. */
export function forQvis(log: string): string {
  const [first, ...events] = log
    .split(SEPARATOR)
    .filter((text) => text.trim() !== '')
    .map((text) => JSON.parse(text) as Fields)
  if (first === undefined || first.file_schema === undefined)
    throw new SyntaxError('This is no qlog: its first record names no file_schema.')
  return [header(first), ...events.map((event) => converted(event as unknown as Record03))]
    .map((record) => `${SEPARATOR}${JSON.stringify(record)}\n`)
    .join('')
}

function header({ title, trace }: Fields): object {
  const { vantage_point, common_fields } = trace as { vantage_point: Fields; common_fields: { group_id: string; reference_time: Fields } }
  const { wall_clock_time: began } = common_fields.reference_time
  return {
    qlog_version: '0.3',
    qlog_format: 'JSON-SEQ',
    title,
    trace: {
      title,
      vantage_point,
      common_fields: {
        ODCID: common_fields.group_id,
        time_format: 'relative',
        reference_time: typeof began === 'string' ? Date.parse(began) : 0,
      },
    },
  }
}

function converted({ time, name, data }: Record03): Record03 {
  if (name.startsWith(HTTP3)) return { time, name: `http:${name.slice(HTTP3.length)}`, data: http03(data) }
  const type = name.slice(name.indexOf(':') + 1)
  const { frames } = data
  return {
    time,
    name: NAMES[type] ?? `transport:${type}`,
    data: Array.isArray(frames) ? { ...data, frames: frames.map((frame) => frame03(frame as Fields)) } : data,
  }
}

/** Who began was the owner, the type of a stream was new to it, and lengths stood beside the frame. */
function http03({ initiator, stream_type: type, frame, ...rest }: Fields): Fields {
  const raw = (frame as { raw?: { length?: number } } | undefined)?.raw
  return {
    ...rest,
    ...(initiator !== undefined && { owner: initiator }),
    ...(type !== undefined && { new: type }),
    ...(frame !== undefined && { frame }),
    ...(raw?.length !== undefined && { length: raw.length, byte_length: raw.length }),
  }
}

/** Lengths stood in the frame itself, and ranges of one packet had two ends. */
function frame03(frame: Fields): Fields {
  const { raw, acked_ranges: ranges, ...rest } = frame
  const length = (raw as { length?: number; payload_length?: number } | undefined)?.payload_length
  return {
    ...rest,
    ...(length !== undefined && { length }),
    ...(Array.isArray(ranges) && { acked_ranges: ranges.map((range: readonly number[]) => [range[0], range.at(-1)]) }),
  }
}
