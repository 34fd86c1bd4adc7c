import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Trace } from '../trace/decrypt.ts'
import type { Frame } from '../trace/frames.ts'
import type { Packet } from '../trace/packet.ts'
import type { Recorded, Side } from '../trace/recorded.ts'
import * as checks from './checks.ts'

interface Sketch extends Partial<Omit<Packet, 'datagram' | 'frames'>> {
  readonly from: Side
  readonly size?: number
  readonly path?: number
  readonly at?: number
  readonly ecn?: number
  readonly frames?: readonly (readonly [name: string, numbers?: readonly number[], bytes?: string])[]
}

/** A trace of packets, each in a datagram of its own. */
function trace(...sketches: readonly Sketch[]): Trace {
  const packets = sketches.map(({ from, size = 1200, path = 0, ecn = 0, frames = [], ...rest }, index): Packet => {
    const { at = index } = rest
    const datagram: Recorded = { at, from, path, clientHost: `host ${path}`, ecn, bytes: Buffer.alloc(size) }
    const whole = frames.map(([name, numbers = [], bytes = '']): Frame => ({ name, type: 0, numbers, bytes: Buffer.from(bytes) }))
    const rest1 = {
      type: '1rtt',
      version: 1,
      destination: '',
      source: '',
      token: Buffer.alloc(0),
      payloadLength: 0,
      number: index,
      keyPhase: 0,
    } as const
    return { ...rest1, ...rest, datagram, frames: whole }
  })
  return { packets, datagrams: packets.map(({ datagram }) => datagram), connections: [] }
}

const client = (rest: Omit<Sketch, 'from'> = {}): Sketch => ({ from: 'client', ...rest })
const server = (rest: Omit<Sketch, 'from'> = {}): Sketch => ({ from: 'server', ...rest })
const hello = (source: string): Sketch => server({ type: 'initial', source, frames: [['CRYPTO', [0]]] })
const token = Buffer.from('token')
const challenged = server({ path: 1, frames: [['PATH_CHALLENGE', [], 'question']] })
const answered = client({ path: 1, frames: [['PATH_RESPONSE', [], 'question']] })

for (const [what, check, good, bad, sentence] of [
  [
    'handshakes',
    checks.handshakes(1),
    [hello('aa'), hello('aa'), server({ type: 'initial', source: 'bb', frames: [['CONNECTION_CLOSE']] })],
    [hello('aa'), hello('bb')],
    '2 handshakes were seen, not 1',
  ],
  [
    'the version',
    checks.version1,
    [server({ type: 'initial' })],
    [server({ type: 'initial', version: 5 })],
    'the server sent an Initial packet of version 0x00000005',
  ],
  ['the absence of Retry', checks.noRetry, [server()], [server({ type: 'retry' })], 'the server sent a Retry'],
  [
    'a repeated ClientHello',
    checks.helloRepeated,
    [client({ type: 'initial', frames: [['CRYPTO', [0]]] }), client({ type: 'initial', frames: [['CRYPTO', [0]]] })],
    [client({ type: 'initial', frames: [['CRYPTO', [0]]] }), client({ type: 'initial', frames: [['CRYPTO', [900]]] })],
    'the start of the ClientHello was sent 1 times, 2 were expected',
  ],
  [
    'Retry',
    checks.retry,
    [client({ type: 'initial' }), server({ type: 'retry', token }), client({ type: 'initial', token })],
    [client({ type: 'initial', number: 9 }), server({ type: 'retry', token }), client({ type: 'initial', token, number: 0 })],
    'after the Retry the packet number went back from 9 to 0',
  ],
  [
    'the token of a Retry',
    checks.retry,
    [client({ type: 'initial' }), server({ type: 'retry', token }), client({ type: 'initial', token })],
    [client({ type: 'initial' }), server({ type: 'retry', token }), client({ type: 'initial' })],
    "no Initial packet of the client carried the Retry's token",
  ],
  [
    '0-RTT',
    checks.zeroRtt,
    [client({ type: '0rtt', payloadLength: 8000 }), client({ payloadLength: 5000 }), client({ payloadLength: 1400, frames: [['PING']] })],
    [client({ type: '0rtt', payloadLength: 8000 }), client({ payloadLength: 5001 })],
    'the client sent 5001 bytes outside 0-RTT, 5000 are the most',
  ],
  [
    'key updates',
    checks.keyUpdated,
    [client({ keyPhase: 1 }), server({ keyPhase: 1 })],
    [client({ keyPhase: 1 }), server()],
    'the server sent no packet in key phase 1',
  ],
  [
    'ECN',
    checks.ecn,
    [client({ ecn: 2, frames: [['ACK_ECN']] }), server({ ecn: 1, frames: [['ACK_ECN']] })],
    [client({ ecn: 2, frames: [['ACK_ECN']] }), server({ ecn: 1, frames: [['ACK']] })],
    'the server acknowledged without ECN counts',
  ],
  [
    'amplification',
    checks.amplification,
    [
      client(),
      server({ size: 3600, type: 'handshake', frames: [['CRYPTO', [8000]]] }),
      client({ type: 'handshake' }),
      server({ size: 9000 }),
    ],
    [client(), server({ size: 3601, type: 'handshake', frames: [['CRYPTO', [8000]]] }), client({ type: 'handshake' })],
    'the server sent 3601 bytes to an address that was not validated, 3600 were allowed',
  ],
  [
    'version 2',
    checks.version2,
    [client({ type: 'initial' }), server({ type: 'initial', version: 0x6b3343cf }), client({ type: 'handshake', version: 0x6b3343cf })],
    [client({ type: 'initial' }), server({ type: 'initial', version: 0x6b3343cf }), client({ type: 'handshake' })],
    'the client sent a Handshake packet of version 0x00000001',
  ],
  [
    'the validation of new paths',
    checks.newPathsValidated,
    [client(), client({ path: 1 }), server({ path: 1, frames: [['ACK']] }), challenged, answered],
    [client(), client({ path: 1 }), server({ path: 1, frames: [['STREAM']] }), answered],
    'the server sent no PATH_CHALLENGE on path 1',
  ],
  [
    'what is sent to a new path before its validation',
    checks.newPathsValidated,
    [client(), client({ path: 1, size: 800 }), server({ path: 1, frames: [['ACK']] }), challenged, answered, server({ path: 1 })],
    [client(), client({ path: 1, size: 799 }), server({ path: 1, frames: [['ACK']] }), challenged, answered],
    'on path 1 the server sent 2400 bytes to an address that was not validated, 2397 were allowed',
  ],
  [
    'answers to challenges',
    checks.newPathsValidated,
    [client(), client({ path: 1 }), challenged, answered],
    [client(), client({ path: 1 }), challenged, client({ path: 1, at: 1000 })],
    'no PATH_CHALLENGE on path 1 was answered',
  ],
  ['new hosts', checks.newHosts, [client(), client({ path: 1 })], [client(), client()], 'the server saw the client under one host only'],
  [
    'a new id on a new path',
    checks.newIdOnNewPath,
    [client({ destination: 'aa' }), client({ destination: 'bb', path: 1 })],
    [client({ destination: 'aa' }), client({ destination: 'aa', path: 1 })],
    'the client used an earlier connection id on path 1',
  ],
] as const) {
  test(`the judge sees to ${what}`, () => {
    assert.equal(check(trace(...good)), null)
    assert.equal(check(trace(...bad)), sentence)
  })
}
