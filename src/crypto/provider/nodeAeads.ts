import crypto, { type CipherGCMTypes, type KeyObject } from "node:crypto";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Bytes } from "../../wire/bytes.ts";
import type { AeadName } from "../cipherSuites.ts";
import type { Aead, SyncAeadKey } from "../provider.ts";
import { fastestFirst } from "./aeadOrder.ts";
import { webAeads } from "./webAeads.ts";
import type { Subtle } from "./webCrypto.ts";

// The types know the tag of ChaCha20-Poly1305 by another overload; the calls are the same.
const cipherNames: Readonly<Record<AeadName, CipherGCMTypes>> = {
  "AES-128-GCM": "aes-128-gcm",
  "AES-256-GCM": "aes-256-gcm",
  "ChaCha20-Poly1305": "chacha20-poly1305" as CipherGCMTypes,
};

const keyLengths: Readonly<Record<AeadName, number>> = {
  "AES-128-GCM": 16,
  "AES-256-GCM": 32,
  "ChaCha20-Poly1305": 32,
};

const tagLength = 16;
const withTag = { authTagLength: tagLength };

// From about this size a freed buffer saves more garbage collection than the call costs.
const worthFreeing = 4096;

type Transferable = ArrayBuffer & { transfer?: (length: number) => ArrayBuffer };

/** A message to a closed port takes its buffers along, and they are gone with it: how Node 20 gives memory back at once. */
let shredder: MessagePort | undefined;
let shreds: ArrayBuffer[] = [];
/** A message costs about what a seal does, so several outputs share one. */
const shredsInAMessage = 8;

/**
 * Gives an output that was copied back at once, instead of at the next garbage collection: the next one is then written to
 * memory that is still in the cache, which saves a quarter of an upload's CPU.
 */
function free({ buffer, length }: Buffer): void {
  // Only where the memory is the output's alone: a pool's would be taken from others.
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== length) return;
  const { transfer } = buffer as Transferable;
  if (transfer !== undefined) {
    transfer.call(buffer, 0);
    return;
  }
  shreds.push(buffer);
  if (shreds.length < shredsInAMessage) return;
  const full = shreds;
  shreds = [];
  shredder ??= closedPort();
  shredder.postMessage(undefined, full);
}

function closedPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.close();
  port2.close();
  return port1;
}

function aeadKey(cipher: CipherGCMTypes, keyBytes: Uint8Array): SyncAeadKey {
  // A KeyObject, because Node 24 spends twice the time of a record on a key of bytes.
  const key: KeyObject = crypto.createSecretKey(keyBytes);
  return {
    open(nonce, additionalData, sealed) {
      const textLength = sealed.length - tagLength;
      if (textLength < 0) return undefined;
      const decipher = crypto.createDecipheriv(cipher, key, nonce, withTag);
      decipher.setAAD(additionalData);
      decipher.setAuthTag(sealed.subarray(textLength));
      const plaintext = decipher.update(sealed.subarray(0, textLength));
      try {
        decipher.final();
      } catch {
        return undefined; // the tag is all that can be wrong by now
      }
      return plaintext;
    },

    seal(nonce, additionalData, content, trailer, into, offset) {
      // Both parts in one update: a second costs more than the copy.
      const textLength = content.length + trailer.length;
      into.set(content, offset);
      into.set(trailer, offset + content.length);
      const encipher = crypto.createCipheriv(cipher, key, nonce, withTag);
      encipher.setAAD(additionalData);
      const ciphertext = encipher.update(into.subarray(offset, offset + textLength));
      encipher.final();
      into.set(ciphertext, offset);
      into.set(encipher.getAuthTag(), offset + textLength);
      if (textLength >= worthFreeing) free(ciphertext);
    },
  };
}

type SyncAead = { readonly name: AeadName; readonly sync: true; importKey(key: Bytes): SyncAeadKey };

function isPresent({ name }: SyncAead): boolean {
  try {
    crypto.createCipheriv(cipherNames[name], new Uint8Array(keyLengths[name]), new Uint8Array(12), withTag);
    return true;
  } catch {
    return false;
  }
}

function aeadsOfThisRuntime(): readonly SyncAead[] {
  return (Object.keys(cipherNames) as AeadName[])
    .map((name): SyncAead => ({ name, sync: true, importKey: (key) => aeadKey(cipherNames[name], key) }))
    .filter(isPresent);
}

let ordered: readonly Aead[] | undefined;

/**
 * Fastest on this machine first, as measured when they are first asked for. Behind them, by WebCrypto or in JavaScript, what
 * node:crypto lacks (ChaCha20 in Bun's).
 */
export function aeads(): readonly Aead[] {
  if (ordered === undefined) {
    const present = aeadsOfThisRuntime();
    const { subtle } = crypto.webcrypto as unknown as { readonly subtle: Subtle };
    const missing = webAeads(subtle).filter(({ name }) => !present.some((one) => one.name === name));
    ordered = [...fastestFirst(present, recordSealer), ...missing];
  }
  return ordered;
}

function recordSealer({ name, importKey }: SyncAead): () => void {
  const key = importKey(new Uint8Array(keyLengths[name]));
  const record = new Uint8Array(2 ** 14 + 1 + tagLength);
  const content = record.subarray(0, 2 ** 14);
  const [nonce, additionalData, trailer] = [new Uint8Array(12), new Uint8Array(5), new Uint8Array(1)];
  return () => key.seal(nonce, additionalData, content, trailer, record, 0);
}
