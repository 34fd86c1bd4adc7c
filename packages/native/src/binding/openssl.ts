// The functions of the OpenSSL inside Node that this package calls. Names and arguments are OpenSSL's; see its manual pages.
import { type Bound, bind, once, unsupported } from './load.ts'

const OPENSSL = {
  // AEAD and header protection: EVP_EncryptInit(3)
  EVP_CIPHER_fetch: ['pointer', ['pointer', 'text', 'text']],
  EVP_CIPHER_free: ['void', ['pointer']],
  EVP_CIPHER_CTX_new: ['pointer', []],
  EVP_CIPHER_CTX_free: ['void', ['pointer']],
  EVP_CipherInit_ex: ['int', ['pointer', 'pointer', 'pointer', 'pointer', 'pointer', 'int']],
  EVP_CipherFinal_ex: ['int', ['pointer', 'pointer', 'pointer']],
  EVP_Cipher: ['int', ['pointer', 'pointer', 'pointer', 'uint32']],
  EVP_CIPHER_CTX_ctrl: ['int', ['pointer', 'int', 'int', 'pointer']],
  EVP_CIPHER_CTX_set_params: ['int', ['pointer', 'pointer']],
  EVP_CIPHER_CTX_set_padding: ['int', ['pointer', 'int']],
  // The key schedule, and what authenticates tickets: EVP_MAC(3)
  EVP_MAC_fetch: ['pointer', ['pointer', 'text', 'text']],
  EVP_MAC_free: ['void', ['pointer']],
  EVP_MAC_CTX_new: ['pointer', ['pointer']],
  EVP_MAC_CTX_set_params: ['int', ['pointer', 'pointer']],
  EVP_MAC_init: ['int', ['pointer', 'pointer', 'size', 'pointer']],
  EVP_MAC_update: ['int', ['pointer', 'pointer', 'size']],
  EVP_MAC_final: ['int', ['pointer', 'pointer', 'pointer', 'size']],
  // Contexts: SSL_CTX_new(3) and its neighbours
  TLS_method: ['pointer', []],
  SSL_CTX_new: ['pointer', ['pointer']],
  SSL_CTX_free: ['void', ['pointer']],
  SSL_CTX_ctrl: ['long', ['pointer', 'int', 'long', 'pointer']],
  SSL_CTX_callback_ctrl: ['long', ['pointer', 'int', 'pointer']],
  SSL_CTX_set_options: ['uint64', ['pointer', 'uint64']],
  SSL_CTX_set_ciphersuites: ['int', ['pointer', 'text']],
  SSL_CTX_use_certificate: ['int', ['pointer', 'pointer']],
  SSL_CTX_use_PrivateKey: ['int', ['pointer', 'pointer']],
  SSL_CTX_set_alpn_protos: ['int', ['pointer', 'pointer', 'uint32']],
  SSL_CTX_set_alpn_select_cb: ['void', ['pointer', 'pointer', 'pointer']],
  SSL_CTX_sess_set_new_cb: ['void', ['pointer', 'pointer']],
  SSL_CTX_set_keylog_callback: ['void', ['pointer', 'pointer']],
  SSL_CTX_set_verify: ['void', ['pointer', 'int', 'pointer']],
  SSL_CTX_add_client_CA: ['int', ['pointer', 'pointer']],
  SSL_CTX_set_cert_cb: ['void', ['pointer', 'pointer', 'pointer']],
  SSL_CTX_set_session_id_context: ['int', ['pointer', 'pointer', 'uint32']],
  SSL_CTX_get_cert_store: ['pointer', ['pointer']],
  X509_STORE_add_cert: ['int', ['pointer', 'pointer']],
  X509_free: ['void', ['pointer']],
  i2d_X509: ['int', ['pointer', 'pointer']],
  d2i_X509: ['pointer', ['pointer', 'pointer', 'long']],
  d2i_AutoPrivateKey: ['pointer', ['pointer', 'pointer', 'long']],
  EVP_PKEY_free: ['void', ['pointer']],
  // Sessions: SSL_new(3), SSL_set_quic_tls_cbs(3) and their neighbours
  SSL_new: ['pointer', ['pointer']],
  SSL_free: ['void', ['pointer']],
  SSL_ctrl: ['long', ['pointer', 'int', 'long', 'pointer']],
  SSL_set_accept_state: ['void', ['pointer']],
  SSL_set_connect_state: ['void', ['pointer']],
  SSL_set_quic_tls_cbs: ['int', ['pointer', 'pointer', 'pointer']],
  SSL_set_quic_tls_transport_params: ['int', ['pointer', 'pointer', 'size']],
  SSL_set_shutdown: ['void', ['pointer', 'int']],
  SSL_do_handshake: ['int', ['pointer']],
  SSL_read_ex: ['int', ['pointer', 'pointer', 'size', 'pointer']],
  SSL_get_error: ['int', ['pointer', 'int']],
  SSL_get0_alpn_selected: ['void', ['pointer', 'pointer', 'pointer']],
  SSL_get_current_cipher: ['pointer', ['pointer']],
  SSL_get_pending_cipher: ['pointer', ['pointer']],
  SSL_CIPHER_get_protocol_id: ['uint32', ['pointer']],
  SSL_set_SSL_CTX: ['pointer', ['pointer', 'pointer']],
  SSL_get_servername: ['text', ['pointer', 'int']],
  SSL_set1_host: ['int', ['pointer', 'text']],
  SSL_set_hostflags: ['void', ['pointer', 'uint32']],
  SSL_get0_param: ['pointer', ['pointer']],
  X509_VERIFY_PARAM_set1_ip_asc: ['int', ['pointer', 'text']],
  SSL_get_certificate: ['pointer', ['pointer']],
  SSL_get0_peer_certificate: ['pointer', ['pointer']],
  SSL_get_verify_result: ['long', ['pointer']],
  X509_verify_cert_error_string: ['text', ['long']],
  SSL_export_keying_material: ['int', ['pointer', 'pointer', 'size', 'text', 'size', 'pointer', 'size', 'int']],
  // Tickets: SSL_CTX_sess_set_new_cb(3), d2i_SSL_SESSION(3)
  SSL_set_session: ['int', ['pointer', 'pointer']],
  SSL_session_reused: ['int', ['pointer']],
  SSL_get_session: ['pointer', ['pointer']],
  SSL_SESSION_get0_cipher: ['pointer', ['pointer']],
  SSL_set_session_id_context: ['int', ['pointer', 'pointer', 'uint32']],
  SSL_SESSION_get0_id_context: ['pointer', ['pointer', 'pointer']],
  SSL_SESSION_free: ['void', ['pointer']],
  i2d_SSL_SESSION: ['int', ['pointer', 'pointer']],
  d2i_SSL_SESSION: ['pointer', ['pointer', 'pointer', 'long']],
  SSL_CTX_set_num_tickets: ['int', ['pointer', 'size']],
  SSL_CTX_set_tlsext_ticket_key_evp_cb: ['int', ['pointer', 'pointer']],
  // Early data: SSL_CTX_set_max_early_data(3), SSL_CTX_set_session_ticket_cb(3)
  SSL_CTX_set_max_early_data: ['int', ['pointer', 'uint32']],
  SSL_set_max_early_data: ['int', ['pointer', 'uint32']],
  SSL_CTX_set_allow_early_data_cb: ['void', ['pointer', 'pointer', 'pointer']],
  SSL_CTX_set_session_ticket_cb: ['int', ['pointer', 'pointer', 'pointer', 'pointer']],
  SSL_SESSION_set1_ticket_appdata: ['int', ['pointer', 'pointer', 'size']],
  SSL_SESSION_get0_ticket_appdata: ['int', ['pointer', 'pointer', 'pointer']],
  SSL_SESSION_get_max_early_data: ['uint32', ['pointer']],
  SSL_set_quic_tls_early_data_enabled: ['int', ['pointer', 'int']],
  SSL_get_early_data_status: ['int', ['pointer']],
  SSL_get_client_random: ['size', ['pointer', 'pointer', 'size']],

  // The error queue of this thread: ERR_get_error(3)
  ERR_get_error: ['long', []],
  ERR_clear_error: ['void', []],
  ERR_reason_error_string: ['text', ['long']],
} as const

export type OpenSsl = Bound<typeof OPENSSL>

/**
 * OpenSSL's functions, bound at the first call. Throws `NativeError` (`ERR_NATIVE_UNSUPPORTED`) when this Node has no OpenSSL 3.5: the
 * interface for QUIC stacks, `SSL_set_quic_tls_cbs`, came with that version.
 *
 * They are inherited: V8 keeps so many computed names in a hash table, and looks a function up there at each call, unless the object is a prototype.
 */
export const openSsl: () => OpenSsl = once(() => Object.create(bind(OPENSSL, missing)) as OpenSsl)

function missing(symbol: string, cause: unknown): Error {
  return unsupported(
    `Millrace needs the OpenSSL 3.5 inside Node.js 22.20, 24.5 or newer; this is Node.js ${process.version} ` +
      `with OpenSSL ${process.versions.openssl}, which has no ${symbol}. Please install a newer Node.js.`,
    cause,
  )
}
