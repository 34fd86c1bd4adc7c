// The URI template of a UDP proxy, both ways: clients expand it, proxies recognise what they expanded. RFC 9298 section 2, RFC 6570 up to level 3.
import { MAX_PATH } from './limits.ts'
import { type UdpTarget, udpTarget } from './udp-target.ts'

/** Where proxies are found that nobody said more of. */
export const DEFAULT_TEMPLATE = '/.well-known/masque/udp/{target_host}/{target_port}/'

type Variable = 'target_host' | 'target_port'

/** Literal text, with a variable between each two: one piece more than variables. */
export interface UriTemplate {
  readonly literals: readonly string[]
  readonly variables: readonly Variable[]
}

/** Reads the path and query of a template. Null if it is none that RFC 9298 section 2 allows; variables other than the two are left out, as undefined ones are. */
export function parseTemplate(text: string): UriTemplate | null {
  if (!text.startsWith('/') || !/^[\x21-\x7e]*$/.test(text) || text.includes('#')) return null
  const literals: string[] = ['']
  const variables: Variable[] = []
  const say = (literal: string): void => void literals.push(literals.pop()! + literal)
  for (const part of text.split(/(\{[^{}]*\})/)) {
    if (!part.startsWith('{')) {
      if (/[{}]/.test(part)) return null
      say(part)
      continue
    }
    const expression = EXPRESSION.exec(part)
    if (expression === null) return null
    const { first, between, named } = OPERATORS[expression[1] as keyof typeof OPERATORS]
    let separator: string = first
    for (const name of expression[2]!.split(',')) {
      if (!isVariable(name)) continue
      say(named ? `${separator}${name}=` : separator)
      separator = between
      variables.push(name)
      literals.push('')
    }
  }
  const complete = variables.length === 2 && variables[0] !== variables[1]
  // Behind a value comes something that no value has, so that it ends in one place alone.
  const divided = literals[1] !== '' && literals.slice(1).every((literal) => !VALUE_CHARACTER.test(literal.charAt(0)))
  return complete && divided ? { literals, variables } : null
}

/** The path and query that ask for a target. RFC 6570 section 3.2.2. */
export function expandTemplate({ literals, variables }: UriTemplate, { host, port }: UdpTarget): string {
  const values = { target_host: percentEncoded(host), target_port: String(port) }
  return literals.map((literal, place) => literal + (place < variables.length ? values[variables[place]!] : '')).join('')
}

/** What a path says against a template: a target; `none`, the path is another's; `wrong`, it holds no target. */
export function matchTemplate({ literals, variables }: UriTemplate, path: string): UdpTarget | 'none' | 'wrong' {
  if (path.length > MAX_PATH) return 'none'
  const values: Record<Variable, string> = { target_host: '', target_port: '' }
  let at = 0
  for (const [place, literal] of literals.entries()) {
    if (!path.startsWith(literal, at)) return 'none'
    at += literal.length
    if (place === variables.length) break
    const from = at
    while (at < path.length && VALUE_CHARACTER.test(path[at]!)) at++
    values[variables[place]!] = path.slice(from, at)
  }
  if (at < path.length) return 'none'
  const host = percentDecoded(values.target_host)
  const port = percentDecoded(values.target_port)
  return (host === null || port === null ? null : udpTarget(host, port)) ?? 'wrong'
}

/** RFC 6570 sections 3.2.2, 3.2.8 and 3.2.9. Reserved, fragment, label, path-segment and path-style expansion are ruled out. */
const OPERATORS = {
  '': { first: '', between: ',', named: false },
  '?': { first: '?', between: '&', named: true },
  '&': { first: '&', between: '&', named: true },
} as const

const EXPRESSION = /^\{([?&]?)([A-Za-z0-9_.%]+(?:,[A-Za-z0-9_.%]+)*)\}$/
/** Unreserved characters, and what percent-encoding takes. */
const VALUE_CHARACTER = /[A-Za-z0-9._~%-]/

function isVariable(name: string): name is Variable {
  return name === 'target_host' || name === 'target_port'
}

function percentEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (symbol) => `%${symbol.charCodeAt(0).toString(16).toUpperCase()}`)
}

function percentDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
