import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import type { HashName } from "../../hashName.ts";
import type { Hash, RunningHash } from "../../provider.ts";

const functions = { "SHA-256": sha256, "SHA-384": sha384, "SHA-512": sha512 } as const;

function runningHash(running: ReturnType<(typeof functions)[HashName]["create"]>): RunningHash {
  return {
    update(bytes) {
      running.update(bytes);
    },
    digest: () => running.clone().digest(),
    copy: () => runningHash(running.clone()),
  };
}

function hash(name: HashName): Hash {
  const compute = functions[name];
  return {
    name,
    length: compute.outputLen,
    start: () => runningHash(compute.create()),
    digest: (bytes) => compute(bytes),
    hmac: (key, message) => hmac(compute, key, message),
  };
}

/** The hashes in JavaScript: on every runtime without node:crypto, for WebCrypto can't read a hash while it runs. */
export const portableHashes: Readonly<Record<HashName, Hash>> = {
  "SHA-256": hash("SHA-256"),
  "SHA-384": hash("SHA-384"),
  "SHA-512": hash("SHA-512"),
};
