import type { Hash } from "../../src/crypto/provider.ts";
import type { Bytes } from "../../src/wire/bytes.ts";

/** A hash that keeps every secret that it gave out, so that a test can see which of them were overwritten. */
export function spyHash(hash: Hash): { readonly hash: Hash; readonly given: Bytes[] } {
  const given: Bytes[] = [];
  return {
    given,
    hash: {
      ...hash,
      hmac: (key, message) => {
        const mac = hash.hmac(key, message);
        given.push(mac);
        return mac;
      },
    },
  };
}
