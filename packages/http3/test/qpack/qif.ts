// Files of the QPACK offline interop: QIF, which holds field sections as text, and what encoders made of them.
// https://github.com/quicwg/base-drafts/wiki/QPACK-Offline-Interop

/** One write to one stream: 0 is the encoder stream, all others carry a field section each. */
export interface Block {
  readonly stream: number
  readonly bytes: Uint8Array
}

/** Sections as flat lists of names and values: a line each in the text, separated by a tab, and an empty line after each section. */
export function parseQif(text: string): string[][] {
  const sections: string[][] = [[]]
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue
    if (line === '') {
      if (sections.at(-1)!.length > 0) sections.push([])
      continue
    }
    const tab = line.indexOf('\t')
    sections.at(-1)!.push(line.slice(0, tab), line.slice(tab + 1))
  }
  return sections.filter((section) => section.length > 0)
}

/** The text of sections. */
export function formatQif(sections: readonly (readonly string[])[]): string {
  return sections.map((section) => `${section.map((text, at) => (at % 2 === 0 ? `${text}\t` : `${text}\n`)).join('')}\n`).join('')
}

/** Takes a file apart: 8 bytes of stream id, 4 of length, and as many bytes, again and again. */
export function parseBlocks(file: Uint8Array): Block[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  const blocks: Block[] = []
  for (let at = 0; at < file.length; ) {
    const length = view.getUint32(at + 8)
    blocks.push({ stream: Number(view.getBigUint64(at)), bytes: file.subarray(at + 12, at + 12 + length) })
    at += 12 + length
  }
  return blocks
}

/** Puts a file together. */
export function formatBlocks(blocks: readonly Block[]): Uint8Array {
  const file = new Uint8Array(blocks.reduce((size, { bytes }) => size + 12 + bytes.length, 0))
  const view = new DataView(file.buffer)
  let at = 0
  for (const { stream, bytes } of blocks) {
    view.setBigUint64(at, BigInt(stream))
    view.setUint32(at + 8, bytes.length)
    file.set(bytes, at + 12)
    at += 12 + bytes.length
  }
  return file
}
