import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TlsContext, type TlsContextOptions } from '@millrace/native'
import { ClientContexts, type Lease } from './client-contexts.ts'

const PLAIN: TlsContextOptions = { side: 'client', alpn: ['a'], rejectUnauthorized: false }

describe('TLS contexts of clients', () => {
  it('are shared by sessions that ask for the same', () => {
    const { lease } = counted()
    const one = lease({ ...PLAIN, ciphers: 'TLS_AES_128_GCM_SHA256' })
    const other = lease({ ...PLAIN, alpn: ['a'], ciphers: 'TLS_AES_128_GCM_SHA256' })
    assert.equal(one.context, other.context)
  })

  it('are not shared by sessions that differ in anything', () => {
    const { lease } = counted()
    const differing: readonly Lease[] = [
      lease(PLAIN),
      lease({ ...PLAIN, alpn: ['b'] }),
      lease({ ...PLAIN, alpn: ['a', 'b'] }),
      lease({ ...PLAIN, groups: 'X25519' }),
      lease({ ...PLAIN, ciphers: 'TLS_AES_128_GCM_SHA256' }),
      lease(PLAIN, 'a key log'),
      lease({ ...PLAIN, rejectUnauthorized: true }),
    ]
    assert.equal(new Set(differing.map(({ context }) => context)).size, differing.length)
  })

  it('are another one where bytes of a certificate differ', () => {
    const { lease } = counted()
    const ca = Buffer.from('no certificate')
    const first = lease({ ...PLAIN, ca })
    assert.equal(lease({ ...PLAIN, ca: Buffer.from(ca) }).context, first.context)
    assert.notEqual(lease({ ...PLAIN, ca: Buffer.from('no Certificate') }).context, first.context)
  })

  it('are released when nobody can use them any more: neither before the last session ends, nor while they are kept', () => {
    const { contexts, lease, released } = counted()
    const one = lease(PLAIN)
    const other = lease(PLAIN)
    one.release()
    other.release()
    assert.deepEqual(released, [], 'kept for the next session')
    const next = lease(PLAIN)
    contexts.clear()
    assert.deepEqual(released, [], 'the session still needs it')
    next.release()
    assert.deepEqual(released, [next.context])
  })

  it('are kept for a bounded number of kinds, the latest used', () => {
    const { lease, released } = counted()
    const first = lease(PLAIN)
    first.release()
    for (let i = 0; i < 20; i++) {
      lease({ ...PLAIN, alpn: [`other ${i}`] }).release()
      lease(PLAIN).release()
    }
    assert.ok(!released.includes(first.context), 'the one in use all the time')
    assert.ok(released.length >= 12)
  })
})

/** A place to lease from, and what it released. */
function counted(): { contexts: ClientContexts; released: TlsContext[]; lease: (options: TlsContextOptions, logs?: string) => Lease } {
  const contexts = new ClientContexts()
  const released: TlsContext[] = []
  class Counted extends TlsContext {
    override release(): void {
      released.push(this)
      super.release()
    }
  }
  // Certificates are not what is tested here: without those that differ, a context is made all the same.
  const make = ({ ca: _, ...options }: TlsContextOptions): TlsContext => new Counted({ ...options, rejectUnauthorized: false })
  return { contexts, released, lease: (options, logs = '') => contexts.lease(options, logs, make) }
}
