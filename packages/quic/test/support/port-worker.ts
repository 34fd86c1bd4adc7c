// A thread of a server that shares its port: answers each stream with its own index, and tells its counts when asked.
import { parentPort, workerData } from 'node:worker_threads'
import type { TestCertificate } from '../../../native/test/certificates.ts'
import { listen, type PortSeat } from '../../src/index.ts'

const { seat, certificate, port } = workerData as { seat: PortSeat; certificate: TestCertificate; port: number }

const endpoint = await listen(
  (session) => {
    session.onstream = async (stream) => {
      for await (const _ of stream);
      await stream.end(`${seat.index}`)
    }
  },
  { alpn: 'test', sni: { '*': certificate }, endpoint: { address: `127.0.0.1:${port}`, seat } },
)

parentPort!.on('message', (wanted: 'stats' | 'close') => {
  if (wanted === 'stats') parentPort!.postMessage({ ...endpoint.stats })
  else {
    endpoint.destroy()
    void endpoint.closed.then(() => parentPort!.close())
  }
})
parentPort!.postMessage(endpoint.address.port)
