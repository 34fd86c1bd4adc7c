// Where the records of one connection go. Given in, so that the core writes no file.

export interface QlogSink {
  /** The log's name: the same at both ends of a connection, but for the side. */
  begin(name: string): void
  /** The date and time of now, by RFC 3339, against which those of other logs may be laid. Left out, nobody knows. */
  wallClockTime?(): string
  /** One record of a JSON text sequence, with its separator. RFC 7464. */
  write(record: string): void
  /** Nothing more will come. */
  end(): void
}
