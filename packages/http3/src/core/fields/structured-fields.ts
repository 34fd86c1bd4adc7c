// Structured fields: lists, dictionaries and items. RFC 9651. A field that does not parse is as good as absent, so that parsing gives null, and throws nothing.
import { Buffer } from 'node:buffer'

/** A token, which is written without quotes: `gzip`. */
export interface Token {
  readonly type: 'token'
  readonly value: string
}

/** A moment, in seconds from 1970. RFC 9651 section 3.3.7. */
export interface FieldDate {
  readonly type: 'date'
  readonly seconds: number
}

/** What an item may be; integers and decimals are numbers, and `decimal` tells them apart no more. */
export type BareItem = number | string | boolean | Token | Uint8Array | FieldDate

/** Names and values behind an item. */
export type Parameters = ReadonlyMap<string, BareItem>

/** An item, or an inner list of items, with its parameters. */
export interface Member {
  readonly value: BareItem | readonly Member[]
  readonly parameters: Parameters
}

/** Parses an Item; null if it is none. RFC 9651 section 4.2. */
export function parseItem(text: string): Member | null {
  return parsed(text, (scanner) => scanner.item())
}

/** Parses a List; null if it is none. */
export function parseList(text: string): readonly Member[] | null {
  return parsed(text, (scanner) => scanner.list())
}

/** Parses a Dictionary; null if it is none. A key that comes again counts as it came last. */
export function parseDictionary(text: string): ReadonlyMap<string, Member> | null {
  return parsed(text, (scanner) => scanner.dictionary())
}

/** A String as it is written; null where it holds what no String may. RFC 9651 section 4.1.6. */
export function serializeString(text: string): string | null {
  return /^[\x20-\x7e]*$/.test(text) ? `"${text.replaceAll(/[\\"]/g, '\\$&')}"` : null
}

/** Characters of a field that are looked at: no field that is defined comes near it. */
const MAX_LENGTH = 16_384

/** What is not as it must be ends the parsing; it leaves this file as null. */
class Unparsable extends Error {}

function parsed<T>(text: string, parse: (scanner: Scanner) => T): T | null {
  if (text.length > MAX_LENGTH) return null
  const scanner = new Scanner(text)
  try {
    scanner.spaces()
    const value = parse(scanner)
    scanner.spaces()
    return scanner.atEnd ? value : null
  } catch (error) {
    if (error instanceof Unparsable) return null
    throw error
  }
}

const NO_PARAMETERS: Parameters = new Map()

/** RFC 9651 section 4.2, each alternative a pattern that begins where the scanner stands and cannot go back. */
const KEY = /[a-z*][a-z0-9_.*-]*/y
const NUMBER = /-?(?:[0-9]{1,12}\.[0-9]{1,3}|[0-9]{1,15})(?![0-9.])/y
const INTEGER = /-?[0-9]{1,15}(?![0-9.])/y
const STRING = /"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y
const TOKEN = /[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*/y
const BYTES = /:([A-Za-z0-9+/=]*):/y
const DISPLAY_STRING = /%"((?:[\x20\x21\x23\x24\x26-\x7e]|%[0-9a-f]{2})*)"/y

class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length
  }

  spaces(): void {
    while (this.#peek() === ' ') this.#at++
  }

  list(): Member[] {
    const members: Member[] = []
    this.#separated(() => members.push(this.#member()))
    return members
  }

  dictionary(): Map<string, Member> {
    const members = new Map<string, Member>()
    this.#separated(() => {
      const key = this.#take(KEY)[0]
      const member = this.#eat('=') ? this.#member() : { value: true, parameters: this.#parameters() }
      // What came before gives up its place too.
      members.delete(key)
      members.set(key, member)
    })
    return members
  }

  item(): Member {
    return { value: this.#bareItem(), parameters: this.#parameters() }
  }

  /** Members with commas in between, and none at the end. */
  #separated(member: () => void): void {
    if (this.atEnd) return
    do {
      this.#blanks()
      member()
      this.#blanks()
    } while (this.#eat(','))
  }

  #member(): Member {
    return this.#peek() === '(' ? this.#innerList() : this.item()
  }

  #innerList(): Member {
    const items: Member[] = []
    this.#at++
    for (this.spaces(); !this.#eat(')'); this.spaces()) {
      if (items.length > 0 && this.#text[this.#at - 1] !== ' ') throw new Unparsable()
      items.push(this.item())
    }
    return { value: items, parameters: this.#parameters() }
  }

  #parameters(): Parameters {
    if (this.#peek() !== ';') return NO_PARAMETERS
    const parameters = new Map<string, BareItem>()
    while (this.#eat(';')) {
      this.spaces()
      const key = this.#take(KEY)[0]
      parameters.delete(key)
      parameters.set(key, this.#eat('=') ? this.#bareItem() : true)
    }
    return parameters
  }

  #bareItem(): BareItem {
    const first = this.#peek() ?? ''
    if (first === '"') return this.#take(STRING)[1]!.replaceAll(/\\(.)/g, '$1')
    if (first === ':') return Buffer.from(this.#take(BYTES)[1]!, 'base64')
    if (first === '?') return this.#boolean()
    if (first === '@') {
      this.#at++
      return { type: 'date', seconds: Number(this.#take(INTEGER)[0]) }
    }
    if (first === '%') return displayString(this.#take(DISPLAY_STRING)[1]!)
    if (first === '-' || (first >= '0' && first <= '9')) return Number(this.#take(NUMBER)[0])
    return { type: 'token', value: this.#take(TOKEN)[0] }
  }

  #boolean(): boolean {
    const value = this.#text[this.#at + 1]
    if (value !== '0' && value !== '1') throw new Unparsable()
    this.#at += 2
    return value === '1'
  }

  #take(pattern: RegExp): RegExpExecArray {
    // Patterns of this file hold no state between uses: where they begin is set each time.
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found === null) throw new Unparsable()
    this.#at += found[0].length
    return found
  }

  #eat(symbol: string): boolean {
    if (this.#peek() !== symbol) return false
    this.#at++
    return true
  }

  #blanks(): void {
    while (this.#peek() === ' ' || this.#peek() === '\t') this.#at++
  }

  #peek(): string | undefined {
    return this.#text[this.#at]
  }
}

/** Its octets are UTF-8. RFC 9651 section 4.2.10. */
function displayString(text: string): string {
  const bytes = Uint8Array.from(text.match(/%..|./g) ?? [], (part) =>
    part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0),
  )
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Unparsable()
  }
}
