import { cipherSuite } from "../../src/crypto/cipherSuites.ts";
import { defaultProvider as nodeProvider } from "../../src/crypto/provider/node.ts";
import type { Aead, AsyncAeadKey, CryptoProvider, SyncAeadKey } from "../../src/crypto/provider.ts";
import { nextTrafficSecret, type TrafficSecret, trafficKeys } from "../../src/keyschedule/trafficSecret.ts";
import { type Epoch, type EpochName, openEpoch } from "../../src/record/epoch.ts";
import { nonce } from "../../src/record/nonce.ts";
import { type Bytes, concat, copyOf } from "../../src/wire/bytes.ts";

export const suite = cipherSuite("TLS_AES_128_GCM_SHA256");
const hash = nodeProvider.hashes[suite.hash];

/** A traffic secret for tests: the same one for the same number. */
export function secretOf(fill: number, recordLimit = suite.recordLimit): TrafficSecret {
  return { suite: { ...suite, recordLimit }, hash, secret: new Uint8Array(hash.length).fill(fill) };
}

/** The secret so many KeyUpdates later. */
export function updated(secret: TrafficSecret, generation: number): TrafficSecret {
  let current = { ...secret, secret: copyOf(secret.secret) };
  for (let i = 0; i < generation; i++) current = nextTrafficSecret(current);
  return current;
}

function keyOf(secret: TrafficSecret): { readonly key: SyncAeadKey; readonly iv: Bytes } {
  const aead = nodeProvider.aeads().find(({ name }) => name === secret.suite.aead);
  if (aead?.sync !== true) throw new Error("the node provider's ciphers are synchronous");
  const { key, iv } = trafficKeys(secret);
  return { key: aead.importKey(key), iv };
}

const headerOf = (type: number, length: number): Bytes =>
  Uint8Array.of(type, 3, 3, length >> 8, length & 0xff);

/** A record without protection. */
export function plainRecord(type: number, content: Uint8Array): Bytes {
  return concat(headerOf(type, content.length), content);
}

/** The sending side of a peer, which keeps to no rule but the sequence number. */
export class Sealer {
  #secret: TrafficSecret;
  #keys: { readonly key: SyncAeadKey; readonly iv: Bytes };
  #sequence = 0;

  constructor(secret: TrafficSecret) {
    this.#secret = { ...secret, secret: copyOf(secret.secret) };
    this.#keys = keyOf(secret);
  }

  record(type: number, content: Uint8Array, padding = 0): Bytes {
    return this.inner(concat(content, Uint8Array.of(type), new Uint8Array(padding)));
  }

  /** A record whose TLSInnerPlaintext is given, type, padding and all. */
  inner(plaintext: Uint8Array): Bytes {
    const length = plaintext.length + 16;
    const header = headerOf(23, length);
    const into = new Uint8Array(header.length + length);
    into.set(header);
    const { key, iv } = this.#keys;
    key.seal(nonce(iv, this.#sequence++), header, plaintext, new Uint8Array(0), into, header.length);
    return into;
  }

  update(): void {
    this.#secret = nextTrafficSecret(this.#secret);
    this.#keys = keyOf(this.#secret);
    this.#sequence = 0;
  }
}

export interface OpenedRecord {
  /** The type in the header. */
  readonly outer: number;
  readonly version: number;
  readonly type: number;
  readonly content: Bytes;
  readonly padding: number;
  /** Bytes after the header. */
  readonly length: number;
}

/** The receiving side of a peer: opens what a client sealed, under the secret of the moment. */
export class Opener {
  #secret: TrafficSecret | undefined;
  #keys: { readonly key: SyncAeadKey; readonly iv: Bytes } | undefined;
  #sequence = 0;

  install(secret: TrafficSecret): void {
    this.#secret = { ...secret, secret: copyOf(secret.secret) };
    this.#keys = keyOf(secret);
    this.#sequence = 0;
  }

  update(): void {
    if (this.#secret === undefined) throw new Error("there are no keys to update");
    this.install(nextTrafficSecret(this.#secret));
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** @throws where the record is not the next one under these keys */
  open(record: Bytes): OpenedRecord {
    const [outer, high, low] = record as unknown as [number, number, number];
    const header = record.subarray(0, 5);
    const version = (high << 8) | low;
    const fragment = record.subarray(5);
    if (this.#keys === undefined || outer === 20) {
      return { outer, version, type: outer, content: copyOf(fragment), padding: 0, length: fragment.length };
    }
    const { key, iv } = this.#keys;
    const plaintext = key.open(nonce(iv, this.#sequence), header, fragment);
    if (plaintext === undefined) throw new Error(`record ${this.#sequence} does not open`);
    this.#sequence++;
    const end = plaintext.findLastIndex((byte) => byte !== 0);
    return {
      outer,
      version,
      type: plaintext[end]!,
      content: copyOf(plaintext.subarray(0, end)),
      padding: plaintext.length - end - 1,
      length: fragment.length,
    };
  }
}

/** Decides when an asynchronous cipher answers. */
export type Wait = <T>(work: () => T) => Promise<T>;

/** At the end of the current job. */
export const soon: Wait = async (work) => work();

function asyncKey(key: SyncAeadKey, wait: Wait): AsyncAeadKey {
  return {
    open: (iv, additionalData, sealed) =>
      wait(() => {
        const plaintext = key.open(iv, additionalData, sealed);
        return plaintext === undefined ? undefined : copyOf(plaintext);
      }),
    seal: (iv, additionalData, plaintext) =>
      wait(() => {
        const into = new Uint8Array(plaintext.length + 16);
        key.seal(iv, additionalData, plaintext, new Uint8Array(0), into, 0);
        return into;
      }),
  };
}

/** The node provider with ciphers that answer when `wait` lets them. */
export function asyncProvider(wait: Wait = soon, importWait: Wait = wait): CryptoProvider {
  const aeads = nodeProvider.aeads().map((aead): Aead => {
    if (!aead.sync) throw new Error("the node provider's ciphers are synchronous");
    return {
      name: aead.name,
      sync: false,
      importKey: (bytes) => {
        const key = aead.importKey(bytes);
        return importWait(() => asyncKey(key, wait));
      },
    };
  });
  return { ...nodeProvider, name: "asynchronous node", aeads: () => aeads };
}

export const syncProvider: CryptoProvider = nodeProvider;

export function epochOf(
  provider: CryptoProvider,
  secret: TrafficSecret,
  name: EpochName = "application",
  generation = 0,
): Epoch {
  return openEpoch(provider, name, generation, { ...secret, secret: copyOf(secret.secret) });
}

/** The two kinds of ciphers, by the names that `describe` blocks give them. */
export const kinds: readonly (readonly [name: string, provider: () => CryptoProvider])[] = [
  ["synchronous ciphers", () => syncProvider],
  ["asynchronous ciphers", () => asyncProvider()],
];
