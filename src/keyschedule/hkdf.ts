import type { Hash } from "../crypto/provider.ts";
import { type Bytes, concat, fromAscii, noBytes } from "../wire/bytes.ts";

/** RFC 5869 §2.2 */
export function hkdfExtract(hash: Hash, salt: Uint8Array, inputKeyingMaterial: Uint8Array): Bytes {
  return hash.hmac(salt, inputKeyingMaterial);
}

/** RFC 5869 §2.3 @throws RangeError above 255 blocks, and where the length is no number of bytes */
export function hkdfExpand(hash: Hash, pseudorandomKey: Uint8Array, info: Uint8Array, length: number): Bytes {
  const blocks = Math.ceil(length / hash.length);
  if (!Number.isInteger(length) || length < 0 || blocks > 255)
    throw new RangeError(`HKDF gives 0 to ${255 * hash.length} bytes, ${length} were asked for`);
  if (blocks === 1) return hkdfExpandBlock(hash, pseudorandomKey, concat(info, counterOne), length);
  const output = new Uint8Array(blocks * hash.length);
  let previous = new Uint8Array(0);
  for (let i = 0; i < blocks; i++) {
    previous = hash.hmac(pseudorandomKey, concat(previous, info, new Uint8Array([i + 1])));
    output.set(previous, i * hash.length);
  }
  return output.slice(0, length);
}

const counterOne = new Uint8Array([1]);

/** All that the key schedule needs: one block at most, of an info that the counter already follows. */
function hkdfExpandBlock(
  hash: Hash,
  pseudorandomKey: Uint8Array,
  infoAndCounter: Uint8Array,
  length: number,
): Bytes {
  const block = hash.hmac(pseudorandomKey, infoAndCounter);
  return block.length === length ? block : block.slice(0, length);
}

const encodedLabels = new Map<string, Bytes>();

function encodedLabel(label: string): Bytes {
  const known = encodedLabels.get(label);
  if (known !== undefined) return known;
  const text = fromAscii(`tls13 ${label}`);
  return concat(new Uint8Array([text.length]), text);
}

/** The labels of the key schedule are few; an exporter's, which the application chooses, are not kept. */
for (const label of [
  "derived",
  "ext binder",
  "res binder",
  "imp binder",
  "c e traffic",
  "e exp master",
  "c hs traffic",
  "s hs traffic",
  "c ap traffic",
  "s ap traffic",
  "exp master",
  "res master",
  "key",
  "iv",
  "finished",
  "traffic upd",
  "resumption",
  "exporter",
]) {
  encodedLabels.set(label, encodedLabel(label));
}

/** RFC 9846 §7.1: HKDF-Expand-Label. @throws RangeError where label or context don't fit their 255 bytes */
export function hkdfExpandLabel(
  hash: Hash,
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Bytes {
  const labelBytes = encodedLabel(label);
  if (labelBytes.length > 256) throw new RangeError("a label has at most 249 bytes");
  if (context.length > 255) throw new RangeError("a context has at most 255 bytes");
  const infoLength = 2 + labelBytes.length + 1 + context.length;
  const info = new Uint8Array(infoLength + 1);
  info[0] = length >> 8;
  info[1] = length & 0xff;
  info.set(labelBytes, 2);
  info[2 + labelBytes.length] = context.length;
  info.set(context, 3 + labelBytes.length);
  // Several blocks, or no length at all: hkdfExpand tells.
  if (!(Number.isInteger(length) && length >= 0 && length <= hash.length)) {
    return hkdfExpand(hash, secret, info.subarray(0, infoLength), length);
  }
  info[infoLength] = 1;
  return hkdfExpandBlock(hash, secret, info, length);
}

/** RFC 9846 §7.1: Derive-Secret, over a transcript hash that the caller has. */
export function deriveSecret(
  hash: Hash,
  secret: Uint8Array,
  label: string,
  transcriptHash: Uint8Array,
): Bytes {
  return hkdfExpandLabel(hash, secret, label, transcriptHash, hash.length);
}

const emptyDigests = new WeakMap<Hash, Bytes>();

/** RFC 9846 §7.1: Derive-Secret over no messages, whose hash is computed once. */
export function deriveSecretOfNothing(hash: Hash, secret: Uint8Array, label: string): Bytes {
  let digest = emptyDigests.get(hash);
  if (digest === undefined) {
    digest = hash.digest(noBytes);
    emptyDigests.set(hash, digest);
  }
  return deriveSecret(hash, secret, label, digest);
}
