// Packets that are not protected: to subtract from those that are. Never to be sent to anyone.
import { MASK_STRIDE, MAX_RUN, type Opener, type Sealer } from '../../packages/quic/src/core/crypto/protection.ts'

class OpenSealer implements Sealer {
  sealed = 0
  readonly sealLimit: number = Number.POSITIVE_INFINITY

  /** The room for the tag stays as it is. */
  seal(): void {
    this.sealed++
  }

  encrypt(): void {
    this.sealed++
  }

  protect(): void {}

  next(): Sealer {
    return new OpenSealer()
  }

  prepare(): void {}

  release(): void {}
}

/** Masks that change nothing. */
const NO_MASKS = new Uint8Array(MAX_RUN * MASK_STRIDE)

class OpenOpener implements Opener {
  readonly failureLimit: number = Number.POSITIVE_INFINITY

  /** RFC 9000 section 17.3.1: the last two bits of the first byte, and one. */
  unmask({ bytes }: Parameters<Opener['unmask']>[0], start: number): number {
    return (bytes[start]! & 0x03) + 1
  }

  masks(): Uint8Array {
    return NO_MASKS
  }

  open(): boolean {
    return true
  }

  next(): Opener {
    return new OpenOpener()
  }

  prepare(): void {}

  release(): void {}
}

export const newSealer = (): Sealer => new OpenSealer()
export const newOpener = (): Opener => new OpenOpener()
