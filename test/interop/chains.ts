import { type Chain, type KeyType, makeChain } from "../certificates.ts";

export const keyTypes = ["RSA", "RSA-PSS", "P-256", "P-384", "P-521", "Ed25519"] as const satisfies KeyType[];

export const suites = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
] as const;

export const groups = ["x25519", "secp256r1", "secp384r1", "secp521r1"] as const;

/** RFC 10024: a curve and ML-KEM together, which few peers have. */
export const hybridGroups = ["X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024"] as const;

const made = new Map<string, Chain>();

/** Root, intermediate and leaf, whose key and whose issuers' keys are of a type; made once. */
export function chainOf(keyType: KeyType): Chain {
  let chain = made.get(keyType);
  if (chain === undefined) {
    chain = makeChain({
      keyType,
      issuerKeyType: keyType,
      names: ["localhost", "server.example"],
      ips: ["127.0.0.1"],
      label: keyType,
    });
    made.set(keyType, chain);
  }
  return chain;
}

/** What most tests use: nothing is quicker to make. */
export const usual: Chain = chainOf("P-256");
