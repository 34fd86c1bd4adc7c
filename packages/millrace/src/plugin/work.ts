// What both faces of a plugin, function and pipeline, share: taking the observed value out of a packet, putting the result in its place, and
// saying what went wrong.

import { find } from '@millrace/y3'
import { isMixed } from '../packet.ts'
import { formatId, type Message } from '../protocol/message.ts'
import type { Report } from '../report.ts'
import type { Answers } from './answers.ts'
import type { Plugin } from './define.ts'

/** Counts of one running plugin. */
export interface PluginStats {
  /** Messages of which a result came. */
  handled: number
  /** Messages that do not hold an observed key and passed as they came. */
  passed: number
  /** Messages that ended here because nothing came of them. */
  dropped: number
  /** Messages that ended here because of an error. */
  failed: number
}

/** A message at a plugin, from its arrival to its last answer. */
export interface Item {
  readonly answers: Answers
  readonly sequence: number
  readonly message: Message
}

/** A plugin at work on what one edge sends. */
export interface Worker {
  /** Starts on a message. A promise: take the next one when it has resolved. */
  take(item: Item): Promise<void> | null
  /** Resolves when everything that was taken has been answered. */
  settled(): Promise<void>
}

export class Work {
  readonly plugin: Plugin
  readonly stats: PluginStats
  readonly #report: Report

  constructor(plugin: Plugin, stats: PluginStats, report: Report) {
    this.plugin = plugin
    this.stats = stats
    this.#report = report
  }

  /** The observed key that the packet holds, or -1. Throws Y3Error. */
  observedKey(message: Message): number {
    for (const key of this.plugin.observed) if (find(message.packet, key) !== null) return key
    return -1
  }

  /** Decodes the value under `key`, which the packet holds. Throws Y3Error. */
  value(message: Message, key: number): unknown {
    return this.plugin.mold.decode(find(message.packet, key)!)
  }

  /** A copy of the message with the packet that came of it; it is mixed anew, since a result may be larger than the value was. */
  changed(message: Message, packet: Uint8Array): Message {
    return { ...message, packet, mixed: message.mixed || isMixed(packet, message.tag) }
  }

  /** Says what went wrong with a message, and counts it. */
  fail(message: Message, error: unknown): void {
    this.stats.failed++
    const sentence = error instanceof Error ? error.message : String(error)
    this.#report(`plugin '${this.plugin.name}': message ${formatId(message.id)}: ${sentence}`)
  }

  report(line: string): void {
    this.#report(`plugin '${this.plugin.name}': ${line}`)
  }
}
