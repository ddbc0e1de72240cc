import { type GroupName, isHybrid, partsOf } from "../../src/crypto/groups.ts";
import type { CryptoProvider, KeyExchange } from "../../src/crypto/provider.ts";
import { type Bytes, concat, fromAscii } from "../../src/wire/bytes.ts";

/** Bytes of a private scalar: as many as a coordinate has. */
const scalarLengths = { x25519: 32, secp256r1: 32, secp384r1: 48, secp521r1: 66 } as const;
const mlKemSeedLength = 64;

/**
 * The same primitives with a random generator that gives the same bytes for the same seed, and keys of its making: a run on
 * it is the same everywhere, down to the byte. It keeps nothing secret.
 */
export function seededProvider(provider: CryptoProvider, seed: string, now: () => number): CryptoProvider {
  const random = randomOf(provider, seed);
  return { ...provider, random, now, keyExchanges: provider.keyExchanges.map((one) => seeded(one, random)) };
}

function seeded(exchange: KeyExchange, random: CryptoProvider["random"]): KeyExchange {
  return {
    name: exchange.name,
    generate: () => exchange.fromPrivateKey(privateKey(exchange.name, random)),
    fromPrivateKey: (privateKey) => exchange.fromPrivateKey(privateKey),
  };
}

function privateKey(group: GroupName, random: CryptoProvider["random"]): Bytes {
  if (isHybrid(group)) {
    const { curve, kemFirst } = partsOf(group);
    const [seed, scalar] = [random(mlKemSeedLength), privateKey(curve, random)];
    return kemFirst ? concat(seed, scalar) : concat(scalar, seed);
  }
  const scalar = random(scalarLengths[group]);
  // 521 bits, and below the order.
  if (group === "secp521r1") scalar[0] = 0;
  return scalar;
}

/** SHA-256 of the seed and a counter, block after block. */
function randomOf(provider: CryptoProvider, seed: string): CryptoProvider["random"] {
  const hash = provider.hashes["SHA-256"];
  let counter = 0;
  return (length) => {
    const blocks = Array.from({ length: Math.ceil(length / hash.length) }, () =>
      hash.digest(fromAscii(`${seed} ${counter++}`)),
    );
    return concat(...blocks).slice(0, length);
  };
}
