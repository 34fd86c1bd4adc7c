// Where a UDP proxy does not go: into its own network, to itself, or nowhere. RFC 9298 section 7, RFC 9209 section 2.3.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ConnectUdpProxyOptions, connectUdp, connectUdpProxy, type FieldSection, fieldValue, type Http3Session } from '../src/index.ts'
import { echo, proxied } from './support/masque.ts'

/** Any target is allowed, as far as it is public. */
const PUBLIC = { allowPrivateAddresses: false } as const

interface Answer {
  readonly status: string | undefined
  readonly error: string | undefined
}

async function ask(client: Http3Session, path: string, more: FieldSection = []): Promise<Answer> {
  const stream = await client.request([
    ...[':method', 'CONNECT', ':protocol', 'connect-udp', ':scheme', 'https', ':authority', 'localhost'],
    ...[':path', path, 'capsule-protocol', '?1', ...more],
  ])
  const response = await stream.response()
  stream.destroy()
  const status = fieldValue(response, 'proxy-status')
  return {
    status: fieldValue(response, ':status'),
    error: status === undefined ? undefined : /^millrace; error=([a-z_]+)/.exec(status)?.[1],
  }
}

function pathOf(host: string, port: number | string = 443): string {
  return `/.well-known/masque/udp/${encodeURIComponent(host)}/${port}/`
}

describe('a UDP proxy that is not told to lead inside refuses', () => {
  const hosts = [
    ['loopback', '127.0.0.1'],
    ['loopback beyond .1', '127.9.9.9'],
    ['loopback of IPv6', '::1'],
    ['no address', '0.0.0.0'],
    ['no address of IPv6', '::'],
    ['private use', '10.1.2.3'],
    ['private use, 172.16/12', '172.31.255.255'],
    ['private use, 192.168/16', '192.168.0.1'],
    ['a carrier’s NAT', '100.64.0.1'],
    ['link local, with the metadata of clouds', '169.254.169.254'],
    ['link local of IPv6', 'fe80::1'],
    ['unique local', 'fd00::1'],
    ['multicast', '224.0.0.251'],
    ['multicast of IPv6', 'ff02::fb'],
    ['broadcast', '255.255.255.255'],
    ['documentation', '192.0.2.1'],
    ['documentation of IPv6', '2001:db8::1'],
    ['IPv4 in the clothes of IPv6', '::ffff:127.0.0.1'],
    ['IPv4 behind NAT64', '64:ff9b::7f00:1'],
    ['IPv4 behind 6to4', '2002:7f00:1::'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ] as const
  for (const [what, host] of hosts) {
    test(`${what}: ${host}`, async () => {
      const { client } = await proxied({ proxy: PUBLIC })
      assert.deepEqual(await ask(client, pathOf(host)), { status: '403', error: 'destination_ip_prohibited' })
    })
  }

  test('a public name that leads inside, whatever its resolver says later', async () => {
    let asked = 0
    const { client } = await proxied({
      proxy: {
        ...PUBLIC,
        resolve: async () => {
          asked++
          return ['127.0.0.1', '10.0.0.1', '::1']
        },
      },
    })
    assert.deepEqual(await ask(client, pathOf('rebinding.example')), { status: '403', error: 'destination_ip_prohibited' })
    assert.equal(asked, 1, 'the address that was looked at is the one that counts')
  })

  test('addresses that lead to it though no interface has them', async () => {
    const { client } = await proxied({ proxy: { ...PUBLIC, ownAddresses: ['8.8.4.4', '2001:4860::1'] } })
    for (const host of ['8.8.4.4', '2001:4860::1']) {
      assert.deepEqual(await ask(client, pathOf(host)), { status: '403', error: 'destination_ip_prohibited' })
    }
  })
})

describe('a UDP proxy refuses in any case', () => {
  test('its own port, by which it would talk to itself: proxy_loop_detected', async () => {
    const { client, server } = await proxied()
    const { port } = server.quic.path.local
    for (const host of ['127.0.0.1', '0.0.0.0', '127.0.0.2', '::ffff:127.0.0.1']) {
      assert.deepEqual(await ask(client, pathOf(host, port)), { status: '502', error: 'proxy_loop_detected' })
    }
    const tunnel = await connectUdp(client, (await echo()).address)
    await tunnel.close()
  })

  const wrong = [
    ['port 0', pathOf('example.com', 0)],
    ['port 65536', pathOf('example.com', 65_536)],
    ['a port that is no number', pathOf('example.com', '0x1bb')],
    ['no port', pathOf('example.com', '')],
    ['no host', pathOf('')],
    ['a host with a zone', pathOf('fe80::1%eth0')],
    ['a host with brackets', pathOf('[::1]')],
    ['a host with a slash in it', pathOf('a/b')],
    ['a host with NUL in it', pathOf('a\0.example.com')],
    ['a host with CR and LF in it', pathOf('a\r\nhost: b')],
    ['an address in one number', pathOf('2130706433')],
    ['an address in two numbers', pathOf('127.1')],
    ['an address in hexadecimal', pathOf('0x7f.0.0.0x1')],
    ['an address in octal', pathOf('0177.0.0.1')],
    ['percent-encoding that is none', '/.well-known/masque/udp/%zz/443/'],
    ['percent-encoding of no character', '/.well-known/masque/udp/%ff/443/'],
  ] as const
  for (const [what, path] of wrong) {
    test(`${what}: 400`, async () => {
      const { client } = await proxied()
      assert.deepEqual(await ask(client, path), { status: '400', error: 'http_request_error' })
    })
  }

  test('paths that are not its template’s: 404', async () => {
    const { client } = await proxied()
    for (const path of [
      '/',
      '/.well-known/masque/udp/127.0.0.1/443',
      `/x${pathOf('127.0.0.1')}`,
      `${pathOf('127.0.0.1')}x`,
      `/${'a'.repeat(5000)}`,
    ]) {
      assert.deepEqual(await ask(client, path), { status: '404', error: undefined })
    }
  })

  test('requests that announce content (RFC 9297 section 3.2)', async () => {
    const { client } = await proxied()
    assert.deepEqual(await ask(client, pathOf('127.0.0.1'), ['content-type', 'text/plain']), { status: '400', error: 'http_request_error' })
  })

  test('names that do not resolve: 502, or 504 when it takes too long (RFC 9209 sections 2.3.1 and 2.3.2)', async () => {
    const failing = (code: string) => async (): Promise<never> => {
      throw Object.assign(new Error(code), { code })
    }
    const answers = [
      [failing('ENOTFOUND'), '502', 'dns_error'],
      [async () => [], '502', 'dns_error'],
      [async () => ['not an address'], '502', 'dns_error'],
      [failing('ETIMEOUT'), '504', 'dns_timeout'],
      [() => new Promise<never>(() => {}), '504', 'dns_timeout'],
    ] as const
    for (const [resolve, status, error] of answers) {
      const { client } = await proxied({ proxy: { resolve, resolveTimeout: 1 } })
      assert.deepEqual(await ask(client, pathOf('name.example')), { status, error })
    }
  })

  test('what its policy does not allow, before the name is looked up', async () => {
    const asked: string[] = []
    const proxy: Partial<ConnectUdpProxyOptions> = {
      allow: ({ port }, fields) => port === 443 && fieldValue(fields, 'proxy-authorization') === 'yes',
      resolve: async (host) => {
        asked.push(host)
        return []
      },
    }
    const { client } = await proxied({ proxy })
    assert.deepEqual(await ask(client, pathOf('name.example', 53)), { status: '403', error: 'http_request_denied' })
    await assert.rejects(connectUdp(client, 'name.example:443'), { code: 'ERR_HTTP3_TUNNEL', message: /403.*http_request_denied/ })
    assert.deepEqual(asked, [])
    await assert.rejects(connectUdp(client, 'name.example:443', { fields: ['proxy-authorization', 'yes'] }), { message: /502.*dns_error/ })
    assert.deepEqual(asked, ['name.example'])
  })

  test('everybody, where nobody said who may be led where', () => {
    assert.throws(() => connectUdpProxy({} as ConnectUdpProxyOptions), { code: 'ERR_HTTP3_OPTION', message: /allow/ })
  })
})
