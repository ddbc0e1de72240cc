/** RFC 9846 §5.1: bytes of plaintext in a record. */
export const maxPlaintext = 2 ** 14;
/** RFC 9846 §5.2: bytes of a protected record after its header. */
export const maxCiphertext = 2 ** 14 + 256;
export const headerLength = 5;
export const tagLength = 16;

/** Limits of our own, which no RFC sets: a peer beyond them wastes our time. In a row, where nothing useful came between. */
export const maxEmptyRecords = 32;
export const maxChangeCipherSpecs = 32;
