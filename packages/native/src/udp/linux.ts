// Numbers and layouts of Linux on 64-bit little-endian machines (x64 and arm64 agree), from its headers. glibc and musl agree as far as we
// go.

export const AF_INET = 2
export const AF_INET6 = 10
/** SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC. */
export const SOCKET_TYPE = 0o2004002

export const SOL_SOCKET = 1
export const SO_SNDBUF = 7
export const SO_RCVBUF = 8
export const SO_REUSEPORT = 15
/** As the two above, beyond the system's limit; for those with CAP_NET_ADMIN. */
export const SO_SNDBUFFORCE = 32
export const SO_RCVBUFFORCE = 33

export const IPPROTO_IP = 0
export const IPPROTO_IPV6 = 41
export const SOL_UDP = 17
export const IP_MTU_DISCOVER = 10
export const IPV6_MTU_DISCOVER = 23
export const IPV6_V6ONLY = 26
/** Sets DF and leaves the size of datagrams to us. RFC 9000 section 14: QUIC packets must not be fragmented. */
export const PMTUDISC_PROBE = 3
/** Generic segmentation offload: the kernel cuts one buffer into datagrams. Linux 4.18. */
export const UDP_SEGMENT = 103

export const MSG_DONTWAIT = 0x40
export const MSG_TRUNC = 0x20

/** struct msghdr: name 0, namelen 8, iov 16, iovlen 24, control 32, controllen 40, flags 48. */
export const MSGHDR = { size: 56, name: 0, nameLength: 8, vectors: 16, vectorCount: 24, control: 32, controlLength: 40, flags: 48 } as const
/** struct mmsghdr: a msghdr, then the length that was sent or received. */
export const MMSGHDR = { size: 64, length: 56 } as const
/** struct iovec: base 0, length 8. */
export const IOVEC = { size: 16, base: 0, length: 8 } as const
/** A control message of one uint16: cmsghdr (length 0, level 8, type 12), the value at 16; padded to 24. */
export const CMSG = { size: 24, length: 18, level: 8, type: 12, value: 16 } as const

/** The kernel's limits for one segmented send: segments (UDP_MAX_SEGMENTS before Linux 6.9) and bytes. */
export const MAX_SEGMENTS = 64
export const MAX_TRAIN_BYTES = 65_487

/** Writes a pointer or size_t without making a bigint of it. */
export function writeWord(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true)
  view.setUint32(at + 4, Math.floor(value / 0x100000000), true)
}
