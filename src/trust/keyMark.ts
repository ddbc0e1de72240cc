export const markSize = 8;
/** Behind the last byte of an RSA modulus the exponent follows. */
const fromEnd = 16;

/**
 * Eight bytes of a key (SubjectPublicKeyInfo, DER) by which it is known again, out of its modulus or point. A hash would
 * add nothing: who makes a key that bears the mark of a listed one only has his own anchor judged more strictly, and
 * whoever has the listed key has its mark. Eight bytes are enough for no two keys to meet by accident.
 */
export function markOf(spki: Uint8Array): Uint8Array {
  return spki.subarray(spki.length - fromEnd - markSize, spki.length - fromEnd);
}
