// What the page does for each check. It reads from the browser which protocol carried what: nothing is assumed.

/** The protocol by which each resource came whose URL has that in it. https://www.w3.org/TR/resource-timing/ */
function protocols(part) {
  return performance
    .getEntries()
    .filter((entry) => entry.name.includes(part) && 'nextHopProtocol' in entry)
    .map((entry) => entry.nextHopProtocol)
}

/** The protocol by which the page itself came. */
function pageProtocol() {
  return performance.getEntriesByType('navigation')[0].nextHopProtocol
}

/** Loads so many pictures at once. */
async function loadPictures(count) {
  const place = document.getElementById('pictures')
  const loading = Array.from({ length: count }, (_, index) => {
    const picture = new Image()
    picture.src = `/picture/${index}.svg`
    place.append(picture)
    return picture.decode().then(() => picture.naturalWidth)
  })
  const widths = await Promise.all(loading)
  return { widths, protocols: protocols('/picture/') }
}

/** Uploads so many random bytes; both sides' hashes. */
async function upload(size) {
  const content = new Uint8Array(size)
  for (let at = 0; at < size; at += 65536) crypto.getRandomValues(content.subarray(at, Math.min(at + 65536, size)))
  const began = performance.now()
  const response = await fetch('/upload', { method: 'POST', body: content })
  const theirs = await response.text()
  const seconds = (performance.now() - began) / 1000
  return { ours: await sha256(content), theirs, seconds, protocols: protocols('/upload') }
}

/** Downloads so many bytes; their hash as the server has it and as they arrived. */
async function download(size) {
  const began = performance.now()
  const response = await fetch(`/download/${size}`)
  const content = await response.arrayBuffer()
  const seconds = (performance.now() - began) / 1000
  return { ours: await sha256(content), theirs: response.headers.get('x-sha256'), seconds, protocols: protocols('/download/') }
}

/** Asks again and again until the answer comes by HTTP/3, or for so many milliseconds; by what the answers came, and how many questions had none. */
async function askUntilHttp3(milliseconds) {
  const [began, seen] = [performance.now(), []]
  let lost = 0
  while (seen.at(-1) !== 'h3' && performance.now() - began < milliseconds) {
    // The browser keeps the timing of so many resources, and no more.
    performance.clearResourceTimings()
    try {
      await (await fetch('/hello')).text()
      seen.push(...protocols('/hello'))
    } catch {
      lost++
    }
  }
  return { lost, protocols: seen, seconds: (performance.now() - began) / 1000 }
}

/** Sends a text and bytes over a WebSocket, and returns what came back, after the version of HTTP as the server saw it. */
async function webSocketEcho(texts) {
  const socket = new WebSocket(`wss://${location.host}/socket`)
  socket.binaryType = 'arraybuffer'
  const received = []
  await new Promise((resolve, reject) => {
    socket.onopen = () => {
      for (const text of texts) socket.send(text)
    }
    socket.onerror = () => reject(new Error('the WebSocket failed'))
    socket.onmessage = ({ data }) => {
      received.push(data)
      if (received.length === texts.length + 1) socket.close(1000)
    }
    socket.onclose = ({ code }) => (code === 1000 ? resolve() : reject(new Error(`closed with ${code}`)))
  })
  const [version, ...echoed] = received
  return { version, echoed }
}

/** Sends bytes over a stream and datagrams of a WebTransport session, and returns what came back. With a hash it takes the certificate by that alone. */
async function webTransportEcho(size, datagrams, certificateHash = null) {
  const value = certificateHash && Uint8Array.from(atob(certificateHash), (character) => character.charCodeAt(0))
  const options = value ? { serverCertificateHashes: [{ algorithm: 'sha-256', value }] } : {}
  const session = new WebTransport(`https://${location.host}/echo`, options)
  await session.ready
  const stream = await session.createBidirectionalStream()
  const content = new Uint8Array(size).fill(7)
  const writer = stream.writable.getWriter()
  const sent = writer.write(content).then(() => writer.close())
  const echoed = await new Response(stream.readable).arrayBuffer()
  await sent
  const received = new Set()
  const [from, to] = [session.datagrams.readable.getReader(), session.datagrams.writable.getWriter()]
  // One at a time: none is lost on this machine for want of room.
  for (let index = 0; index < datagrams; index++) {
    await to.write(new Uint8Array([index]))
    const { value } = await from.read()
    received.add(value[0])
  }
  session.close({ closeCode: 7, reason: 'done' })
  const { closeCode } = await session.closed
  return { echoed: echoed.byteLength, datagrams: received.size, closeCode }
}

async function sha256(content) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

// The checks call these by name.
Object.assign(globalThis, { pageProtocol, loadPictures, upload, download, askUntilHttp3, webSocketEcho, webTransportEcho })
