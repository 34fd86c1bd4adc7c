// Numbers of OpenSSL's C headers (ssl.h, tls1.h, x509_vfy.h, x509v3.h) that its functions take or give.

/** Commands of SSL_CTX_ctrl and SSL_ctrl. */
export const CTRL = {
  setMode: 33,
  setSessionCacheMode: 44,
  setServernameCallback: 53,
  setServername: 55,
  chainCertificate: 89,
  setGroups: 92,
  setMinVersion: 123,
  setMaxVersion: 124,
} as const

export const TLS_1_3 = 0x0304
/** SSL_OP_CIPHER_SERVER_PREFERENCE. */
export const OP_SERVER_PREFERENCE = 0x400000
/** SSL_OP_NO_ANTI_REPLAY: OpenSSL's own protection keeps state for each ticket; ours, for each ClientHello, lets servers share tickets. */
export const OP_NO_ANTI_REPLAY = 0x1000000

/** What a ticket for early data says in QUIC. RFC 9001 section 4.6.1. */
export const MAX_EARLY_DATA = 0xffff_ffff

/** What SSL_get_early_data_status says. */
export const EARLY_DATA = ['none', 'rejected', 'accepted'] as const

/** SSL_MODE_RELEASE_BUFFERS: an idle session keeps no record buffers. SSL_MODE_NO_AUTO_CHAIN: of issuers those are sent that we were given, and none is searched for. */
export const MODE: number = 0x10 | 0x8
/** SSL_SESS_CACHE_OFF; and SSL_SESS_CACHE_CLIENT with SSL_SESS_CACHE_NO_INTERNAL: tickets go to the callback and nowhere else. */
export const SESSION_CACHE_OFF = 0
export const SESSION_CACHE_CALLBACK = 0x301
export const VERIFY_NONE = 0
export const VERIFY_PEER = 1
export const VERIFY_FAIL_IF_NONE = 2
/** X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS and X509_CHECK_FLAG_NEVER_CHECK_SUBJECT. RFC 9525 sections 6.3 and 2. */
export const HOST_FLAGS = 0x24

/** SSL_SENT_SHUTDOWN. */
export const SENT_SHUTDOWN = 1

/** What SSL_get_error says. */
export const ERROR_WANT_READ = 2

/** What the ALPN and servername callbacks answer. */
export const CALLBACK_OK = 0
export const CALLBACK_FATAL = 2
/** What the ticket key callback answers. */
export const TICKET_KEY = { failed: -1, unknown: 0, sealing: 1, openAndRenew: 2 } as const
/** TLSEXT_NAMETYPE_host_name. */
export const NAME_TYPE_HOST = 0

/** Ids of OSSL_DISPATCH entries for SSL_set_quic_tls_cbs. */
export const QUIC_CALLBACKS = {
  cryptoSend: 2001,
  cryptoReceive: 2002,
  cryptoRelease: 2003,
  yieldSecret: 2004,
  transportParameters: 2005,
  alert: 2006,
} as const
/** Directions of yieldSecret. */
export const DIRECTION_WRITE = 1
