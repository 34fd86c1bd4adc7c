// The authentication tag. RFC 9001 section 5.3.

/** Length of the tag of every AEAD that QUIC uses. */
export const TAG_LENGTH = 16

/** EVP_CTRL_AEAD_GET_TAG and EVP_CTRL_AEAD_SET_TAG. */
export const GET_TAG = 0x10
export const SET_TAG = 0x11
