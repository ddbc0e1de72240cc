import type { Aead, CryptoProvider } from "../crypto/provider.ts";
import { type Bytes, concat, copyOf, noBytes } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";
import type { Session } from "./session.ts";
import { decodeSession, encodeSession } from "./sessionBytes.ts";

/** How sessions look outside of this process. */
export interface SessionCodec {
  encode(session: Session, partition: string): Bytes | Promise<Bytes>;
  /** @throws TlsError `invalid_session` (or rejects with it) for what is no session of this partition */
  decode(bytes: Uint8Array, partition: string): Session | Promise<Session>;
}

/** Sessions as they are: for a store that nobody reads who may not speak as this client. */
export const openSessionCodec: SessionCodec = {
  encode: (session) => encodeSession(session),
  decode: (bytes) => decodeSession(bytes),
};

const sealedForm = 0x81;
const keyLength = 32;
const nonceLength = 12;
const tagLength = 16;

/**
 * Seals sessions with AES-256-GCM, so that a store that leaks gives away no PSK, and none can be moved to another
 * partition. Nonces are random: a key is good for 2^32 sessions.
 *
 * @param key 32 random bytes, the same for all who share the sessions; copied
 * @throws TlsError `invalid_option` for a key of another length, `no_common_parameters` where the provider lacks the cipher
 */
export function sealedSessionCodec(key: Uint8Array, provider: CryptoProvider): SessionCodec {
  if (!(key instanceof Uint8Array) || key.length !== keyLength) {
    throw localError("invalid_option", `key: expected ${keyLength} bytes, got ${key?.length ?? String(key)}`);
  }
  const aead = provider.aeads().find(({ name }) => name === "AES-256-GCM");
  if (aead === undefined) throw localError("no_common_parameters", "the provider has no AES-256-GCM");
  const sealer = sealerOf(aead, copyOf(key));

  return {
    async encode(session, partition) {
      const nonce = provider.random(nonceLength);
      const text = encodeSession(session);
      try {
        const sealed = await sealer.seal(nonce, associated(partition), text);
        return concat(new Uint8Array([sealedForm]), nonce, sealed);
      } finally {
        text.fill(0);
      }
    },

    async decode(bytes, partition) {
      if (bytes[0] !== sealedForm || bytes.length < 1 + nonceLength) {
        throw localError("invalid_session", "these bytes are no sealed session");
      }
      const nonce = copyOf(bytes.subarray(1, 1 + nonceLength));
      const sealed = copyOf(bytes.subarray(1 + nonceLength));
      const text = await sealer.open(nonce, associated(partition), sealed);
      if (text === undefined) {
        throw localError(
          "invalid_session",
          "the session was changed, or sealed with another key or for another partition",
        );
      }
      try {
        return decodeSession(text);
      } finally {
        text.fill(0);
      }
    },
  };
}

const utf8 = new TextEncoder();

function associated(partition: string): Bytes {
  return concat(new Uint8Array([sealedForm]), utf8.encode(partition));
}

/** One face for both kinds of ciphers. */
interface Sealer {
  seal(nonce: Bytes, additionalData: Bytes, text: Bytes): Promise<Uint8Array>;
  open(nonce: Bytes, additionalData: Bytes, sealed: Bytes): Promise<Uint8Array | undefined>;
}

/** The key is imported when it is first used: nobody would catch the failure of an import before that. */
function sealerOf(aead: Aead, key: Bytes): Sealer {
  if (aead.sync) {
    const imported = once(() => aead.importKey(key));
    return {
      async seal(nonce, additionalData, text) {
        const sealed = new Uint8Array(text.length + tagLength);
        imported().seal(nonce, additionalData, text, noBytes, sealed, 0);
        return sealed;
      },
      open: async (nonce, additionalData, sealed) => imported().open(nonce, additionalData, sealed),
    };
  }
  const imported = once(() => aead.importKey(key));
  return {
    seal: async (nonce, additionalData, text) => (await imported()).seal(nonce, additionalData, text),
    open: async (nonce, additionalData, sealed) => (await imported()).open(nonce, additionalData, sealed),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
