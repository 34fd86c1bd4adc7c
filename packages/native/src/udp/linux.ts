// Numbers and layouts of Linux on 64-bit little-endian machines (x64 and arm64 agree), from its headers. glibc and musl agree as far as we
// go.

export const AF_UNIX = 1
export const AF_INET = 2
export const AF_INET6 = 10
/** SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC. */
export const SOCKET_TYPE = 0o2004002
/** The same of SOCK_STREAM. */
export const STREAM_SOCKET_TYPE = 0o2004001

export const SOL_SOCKET = 1
export const SO_REUSEADDR = 2
export const SO_SNDBUF = 7
export const SO_RCVBUF = 8
export const SO_REUSEPORT = 15
/** Each datagram says how many the full receive buffer has dropped before it. */
export const SO_RXQ_OVFL = 40
/** As the two above, beyond the system's limit; for those with CAP_NET_ADMIN. */
export const SO_SNDBUFFORCE = 32
export const SO_RCVBUFFORCE = 33

export const IPPROTO_IP = 0
export const IPPROTO_IPV6 = 41
export const SOL_UDP = 17
/** Also the type of the control data, of one byte inwards, that carries the field. */
export const IP_TOS = 1
export const IP_RECVTOS = 13
export const IPV6_RECVTCLASS = 66
/** Of control data: an int both ways. */
export const IPV6_TCLASS = 67
export const IP_MTU_DISCOVER = 10
export const IPV6_MTU_DISCOVER = 23
export const IPV6_V6ONLY = 26
/** Sets DF and leaves the size of datagrams to us. RFC 9000 section 14: QUIC packets must not be fragmented. */
export const PMTUDISC_PROBE = 3
/** Generic segmentation offload: the kernel cuts one buffer into datagrams. Linux 4.18. */
export const UDP_SEGMENT = 103
/** Generic receive offload: datagrams of one sender and one length come in one piece, with that length as control data. Linux 5.0. */
export const UDP_GRO = 104

export const MSG_DONTWAIT = 0x40
export const MSG_TRUNC = 0x20

export const O_CLOEXEC = 0o2000000
export const EPOLL_CTL_ADD = 1
export const EPOLL_CTL_MOD = 3
export const EPOLLOUT = 4
/** struct epoll_event: events 0, then what we leave zero. It takes 12 bytes on x64 and 16 on arm64. */
export const EPOLL_EVENT = { size: 16, events: 0 } as const

/** struct msghdr: name 0, namelen 8, iov 16, iovlen 24, control 32, controllen 40, flags 48. */
export const MSGHDR = { size: 56, name: 0, nameLength: 8, vectors: 16, vectorCount: 24, control: 32, controlLength: 40, flags: 48 } as const
/** struct mmsghdr: a msghdr, then the length that was sent or received. */
export const MMSGHDR = { size: 64, length: 56 } as const
/** struct iovec: base 0, length 8. */
export const IOVEC = { size: 16, base: 0, length: 8 } as const
/** struct cmsghdr: length 0, level 8, type 12, the value at 16; the next one begins at a multiple of 8. */
export const CMSG = { head: 16, length: 0, level: 8, type: 12, value: 16 } as const
/** What a control message of one small value takes. */
export const CMSG_SPACE = 24

/** The kernel's limits for one segmented send: segments (UDP_MAX_SEGMENTS before Linux 6.9) and bytes. */
export const MAX_SEGMENTS = 64
export const MAX_TRAIN_BYTES = 65_487

/** Writes a pointer or size_t without making a bigint of it. */
export function writeWord(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true)
  view.setUint32(at + 4, Math.floor(value / 0x100000000), true)
}
