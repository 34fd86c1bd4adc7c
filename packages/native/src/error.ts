/**
 * What `native` throws. `code` is stable:
 *
 * | code | whose fault, and what happened |
 * |---|---|
 * | `ERR_NATIVE_UNSUPPORTED` | this Node or platform lacks what is needed; the message says which one has it |
 * | `ERR_NATIVE_OPTION` | an option is wrong: bad PEM, a key that is not the certificate's, an address that is not an IP |
 * | `ERR_NATIVE_RANGE` | an offset or length reaches outside its arena |
 * | `ERR_NATIVE_RELEASED` | something was used after it was released |
 * | `ERR_NATIVE_OPENSSL` | OpenSSL refused what should always work; the message quotes it |
 * | `EADDRINUSE`, `EACCES`, ... | the operating system refused a socket operation |
 */
export class NativeError extends Error {
  override readonly name = 'NativeError'
  /** Stable; says what kind of fault it is. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
